//! Protobuf's wire format: <https://protobuf.dev/programming-guides/encoding/>.

use super::number::write_hex;

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;

pub(super) fn varint(out: &mut Vec<u8>, field: u64, value: u64) {
    raw(out, field << 3 | VARINT);
    raw(out, value);
}

pub(super) fn double(out: &mut Vec<u8>, field: u64, value: f64) {
    raw(out, field << 3 | FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    raw(out, field << 3 | LENGTH_DELIMITED);
    length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// The lower-case hexadecimal digits of `bytes`.
pub(super) fn hex<const N: usize>(out: &mut Vec<u8>, field: u64, bytes: [u8; N]) {
    raw(out, field << 3 | LENGTH_DELIMITED);
    length(out, 2 * N);
    write_hex(out, bytes);
}

/// A message within a message, whose fields `write` appends.
pub(super) fn nested(out: &mut Vec<u8>, field: u64, write: impl FnOnce(&mut Vec<u8>)) {
    raw(out, field << 3 | LENGTH_DELIMITED);
    let start = out.len();
    write(out);
    let end = out.len();
    // The length goes before what it is the length of: a short move, since messages are short.
    length(out, end - start);
    let width = out.len() - end;
    if let Some(moved) = out.get_mut(start..) {
        moved.rotate_right(width);
    }
}

/// The length before a message that follows.
pub(super) fn length(out: &mut Vec<u8>, length: usize) {
    raw(out, length as u64);
}

fn raw(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_table() {
        type Write = fn(&mut Vec<u8>);
        #[rustfmt::skip]
        let table: [(&str, Write, &[u8]); 6] = [
            ("one byte",        |out| varint(out, 1, 127),                       &[0x08, 0x7f]),
            ("two bytes",       |out| varint(out, 1, 300),                       &[0x08, 0xac, 0x02]),
            ("the largest",     |out| varint(out, 1, u64::MAX),                  &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
            ("a double",        |out| double(out, 2, 1.0),                       &[0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
            ("digits",          |out| hex(out, 1, [0x0a, 0xff]),                 &[0x0a, 4, b'0', b'a', b'f', b'f']),
            ("three levels",    |out| nested(out, 3, |out| nested(out, 1, |out| bytes(out, 15, b"ab"))),
                                                                                 &[0x1a, 6, 0x0a, 4, 0x7a, 2, b'a', b'b']),
        ];
        for (name, write, want) in table {
            let mut out = Vec::new();
            write(&mut out);
            assert_eq!(out, want, "{name}");
        }
    }

    #[test]
    fn a_length_of_two_bytes_moves_the_message_by_two() {
        let mut out = vec![7];
        nested(&mut out, 1, |out| out.extend([1; 200]));
        assert_eq!(out[..4], [7, 0x0a, 0xc8, 0x01]);
        assert!(out.len() == 204 && out[4..].iter().all(|byte| *byte == 1));
    }
}
