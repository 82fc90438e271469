//! What only `/proc` tells: proc_pid_stat(5), proc_pid_fd(5), proc_stat(5).

use std::fs;
use std::sync::OnceLock;

use rustix::param::{clock_ticks_per_second, page_size};

use super::usage::Usage;

/// Completes what every Unix tells.
pub(super) fn complete(usage: &mut Usage) {
    // One of those that are open is the one that lists them.
    usage.open_fds = fs::read_dir("/proc/self/fd")
        .ok()
        .map(|fds| fds.count().saturating_sub(1) as f64);
    if let Some(stat) = fs::read("/proc/self/stat")
        .ok()
        .as_deref()
        .and_then(Stat::parse)
    {
        usage.threads = Some(stat.threads as f64);
        usage.virtual_bytes = Some(stat.virtual_bytes as f64);
        usage.resident_bytes = Some(stat.resident_pages as f64 * page_size() as f64);
        let since_boot = stat.start_ticks as f64 / clock_ticks_per_second() as f64;
        usage.start_seconds = boot_seconds().map(|boot| boot + since_boot);
    }
}

/// When the machine started, in seconds since 1970; it is asked once.
fn boot_seconds() -> Option<f64> {
    static BOOT: OnceLock<Option<f64>> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let boot = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
        boot.trim().parse().ok()
    })
}

/// Part of `/proc/self/stat`.
#[derive(Debug, PartialEq)]
struct Stat {
    threads: u64,
    start_ticks: u64,
    virtual_bytes: u64,
    resident_pages: u64,
}

impl Stat {
    // pid (comm) state ppid ... : field 3 is the first after the name, which may hold anything, spaces
    // and parentheses, too. Field 20 is num_threads, 22 starttime, 23 vsize, 24 rss.
    fn parse(line: &[u8]) -> Option<Self> {
        let name_end = line.iter().rposition(|byte| *byte == b')')?;
        let fields = str::from_utf8(line.get(name_end + 1..)?).ok()?;
        let mut fields = fields.split_ascii_whitespace().skip(20 - 3);
        let mut next = || fields.next()?.parse().ok();
        let threads = next()?;
        let _itrealvalue: u64 = next()?;
        Some(Self {
            threads,
            start_ticks: next()?,
            virtual_bytes: next()?,
            resident_pages: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str = "S 1 2 3 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 13 0 1000 2000000 300 \
                          18446744073709551615 1 1 0 0";

    #[test]
    fn stat_table() {
        let whole = Stat {
            threads: 13,
            start_ticks: 1000,
            virtual_bytes: 2_000_000,
            resident_pages: 300,
        };
        let bytes = |name: &str, fields: &str| format!("42 ({name}) {fields}").into_bytes();
        let table = [
            ("an ordinary name", bytes("shop", FIELDS), true),
            ("spaces and parentheses", bytes("a) S 1 (b", FIELDS), true),
            (
                "bytes that are no text",
                [b"42 (\xff) ", FIELDS.as_bytes()].concat(),
                true,
            ),
            ("cut off", bytes("shop", "S 1 2 3 0 -1"), false),
            (
                "no number",
                bytes("shop", &FIELDS.replace("2000000", "many")),
                false,
            ),
            ("no name", b"42 shop".to_vec(), false),
            ("nothing", Vec::new(), false),
        ];
        for (name, line, right) in table {
            let want = right.then_some(&whole);
            assert_eq!(Stat::parse(&line).as_ref(), want, "{name}");
        }
    }

    #[test]
    fn this_process_is_what_it_is() {
        let mut usage = Usage::default();
        complete(&mut usage);
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs_f64();
        let start = usage.start_seconds.unwrap();
        assert!(start > now - 86_400.0 && start < now + 2.0, "{start} {now}");
        assert!(usage.threads.unwrap() >= 1.0);
        assert!(usage.virtual_bytes > usage.resident_bytes);
        assert!(usage.resident_bytes.unwrap() > 1e5);
    }

    #[test]
    fn an_open_file_is_counted() {
        let open = || {
            let mut usage = Usage::default();
            complete(&mut usage);
            usage.open_fds.unwrap()
        };
        let before = open();
        // Other tests open and close files meanwhile, a few at a time.
        let many: Vec<_> = (0..100)
            .map(|_| fs::File::open("/proc/self/stat").unwrap())
            .collect();
        assert!(open() >= before + 50.0, "{before}");
        drop(many);
    }
}
