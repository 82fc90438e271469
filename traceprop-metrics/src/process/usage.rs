//! What every system is asked, and what it may not tell.

/// What the process uses now; `None` is not known here.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) cpu_seconds: Option<f64>,
    pub(super) open_fds: Option<f64>,
    pub(super) max_fds: Option<f64>,
    pub(super) virtual_bytes: Option<f64>,
    pub(super) virtual_max_bytes: Option<f64>,
    pub(super) resident_bytes: Option<f64>,
    /// Since 1970.
    pub(super) start_seconds: Option<f64>,
    pub(super) threads: Option<f64>,
}

impl Usage {
    pub(super) fn read() -> Self {
        let mut usage = Self::default();
        #[cfg(unix)]
        usage.ask_unix();
        #[cfg(target_os = "linux")]
        super::linux::complete(&mut usage);
        usage
    }

    #[cfg(unix)]
    fn ask_unix(&mut self) {
        use rustix::process::{Resource, getrlimit};
        use rustix::time::{ClockId, clock_gettime};

        let limit = |of| getrlimit(of).current.map(|limit| limit as f64);
        self.max_fds = limit(Resource::Nofile);
        self.virtual_max_bytes = limit(Resource::As);
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        self.cpu_seconds = Some(cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9);
    }
}
