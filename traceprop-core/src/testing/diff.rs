//! What differs between two texts, line by line.

/// Takes the common indentation, trailing spaces and outer empty lines from a text.
pub(super) fn dedent(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let filled = |line: &&str| !line.is_empty();
    let Some(first) = lines.iter().position(filled) else {
        return String::new();
    };
    let last = lines.iter().rposition(filled).unwrap_or(first);
    let lines = &lines[first..=last];
    let spaces = |line: &&str| line.chars().take_while(|c| *c == ' ').count();
    // The first line may follow the opening quote, so the others count where there are any.
    let indent = lines
        .iter()
        .skip(1)
        .copied()
        .filter(filled)
        .map(|line| spaces(&line))
        .min();
    let indent = indent.unwrap_or_else(|| lines.first().map_or(0, spaces));
    let cut = |line: &&str| {
        line.chars()
            .skip(spaces(line).min(indent))
            .collect::<String>()
    };
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

/// The longest common lines with `  ` before them, lines only wanted with `- `, only got with `+ `.
pub(super) fn lines(want: &[&str], got: &[&str]) -> String {
    // The table has a cell for each pair of lines; beyond a million of them, no common lines are sought.
    if want.len().saturating_mul(got.len()) > 1_000_000 {
        return marked(want, '-') + &marked(got, '+');
    }
    // common[i][j] is how many lines the rests from i and j have in common.
    let mut common = vec![vec![0_usize; got.len() + 1]; want.len() + 1];
    for i in (0..want.len()).rev() {
        for j in (0..got.len()).rev() {
            common[i][j] = if want[i] == got[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < want.len() && j < got.len() {
        if want[i] == got[j] {
            out += &marked(&want[i..=i], ' ');
            (i, j) = (i + 1, j + 1);
        } else if common[i + 1][j] >= common[i][j + 1] {
            out += &marked(&want[i..=i], '-');
            i += 1;
        } else {
            out += &marked(&got[j..=j], '+');
            j += 1;
        }
    }
    out + &marked(&want[i..], '-') + &marked(&got[j..], '+')
}

fn marked(lines: &[&str], mark: char) -> String {
    lines
        .iter()
        .map(|line| format!("{mark} {line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        #[rustfmt::skip]
        let table = [
            // what it shows    want                  got                   lines
            ("equal",           vec!["a", "b"],       vec!["a", "b"],       "  a\n  b\n"),
            ("changed",         vec!["a", "b", "c"],  vec!["a", "x", "c"],  "  a\n- b\n+ x\n  c\n"),
            ("missing",         vec!["a", "b", "c"],  vec!["a", "c"],       "  a\n- b\n  c\n"),
            ("too much",        vec!["a"],            vec!["b", "a", "c"],  "+ b\n  a\n+ c\n"),
            ("nothing got",     vec!["a"],            vec![],               "- a\n"),
            ("nothing wanted",  vec![],               vec!["a"],            "+ a\n"),
        ];
        for (name, want, got, text) in table {
            assert_eq!(lines(&want, &got), text, "{name}");
        }
        let many = vec!["x"; 1_001];
        assert_eq!(lines(&many, &many).lines().count(), 2_002);
    }

    #[test]
    fn indentation() {
        #[rustfmt::skip]
        let table = [
            ("a\n└─ b",               "a\n└─ b"),
            ("\n    a\n    └─ b\n  ", "a\n└─ b"),
            ("a\n      └─ b",         "a\n└─ b"),
            ("\n  a\n     └─ b\n\n",   "a\n└─ b"),
            ("  a  ",                 "a"),
            (" \n ",                  ""),
            ("",                      ""),
        ];
        for (text, want) in table {
            assert_eq!(dedent(text), want, "{text:?}");
        }
    }
}
