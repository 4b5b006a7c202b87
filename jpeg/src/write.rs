//! Baseline files out of quantised blocks (T.81, annexes B and F.1.2), with the Huffman tables of annex K.

use crate::coefficients::Block;
use crate::header::is_baseline;

/// Codes of a length each, and their symbols: for means and for the rest, of brightness and of colour (T.81, tables K.3 to K.6).
pub(crate) type Table = ([u8; 16], &'static [u8]);

pub(crate) const DIRECT: [Table; 2] = [
    ([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
];

#[rustfmt::skip]
pub(crate) const ALTERNATING: [Table; 2] = [
    ([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D], &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81,
        0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18,
        0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
        0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75,
        0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
        0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5,
        0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    ]),
    ([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &[
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08,
        0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25,
        0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47,
        0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74,
        0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
        0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA,
        0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4,
        0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    ]),
];

/// For each symbol its code and, in the lowest byte, the length of it.
type Codes = [u32; 256];

static DIRECT_CODES: [Codes; 2] = [codes(DIRECT[0]), codes(DIRECT[1])];
static ALTERNATING_CODES: [Codes; 2] = [codes(ALTERNATING[0]), codes(ALTERNATING[1])];

/// Gives each symbol its code (T.81, annex C).
const fn codes((counts, symbols): Table) -> Codes {
    let mut codes = [0; 256];
    let (mut code, mut index, mut length) = (0, 0, 1);
    while length <= 16 {
        let mut left = counts[length - 1];
        while left > 0 {
            codes[symbols[index] as usize] = code << 8 | length as u32;
            code += 1;
            index += 1;
            left -= 1;
        }
        code <<= 1;
        length += 1;
    }
    codes
}

/// How the samples of a file are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// For each component, how many blocks an MCU has of it across and down. One component is brightness, three are YCbCr.
    pub sampling: Vec<(usize, usize)>,
    /// For each component, its quantisation steps in zig-zag order.
    pub steps: Vec<[u16; 64]>,
}

/// A file being written, block by block.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    means: [i32; 4],
    buffer: u64,
    count: u32,
}

impl Writer {
    /// Begins a picture of `width` x `height`.
    #[must_use]
    pub fn new(form: &Form, width: u16, height: u16) -> Self {
        let mut bytes = Vec::with_capacity(32 << 10);
        bytes.extend([0xFF, 0xD8]);
        segment(&mut bytes, 0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        for (number, steps) in (0_u8..).zip(&form.steps).take(4) {
            quantisation(&mut bytes, number, steps);
        }
        frame(&mut bytes, form, width, height);
        let tables = form.sampling.len().min(2);
        for number in 0..tables {
            huffman(&mut bytes, number as u8, DIRECT[number]);
            huffman(&mut bytes, 0x10 | number as u8, ALTERNATING[number]);
        }
        scan(&mut bytes, form.sampling.len());
        Self { bytes, means: [0; 4], buffer: 0, count: 0 }
    }

    /// Writes the next block, in the order of MCUs.
    #[inline(always)]
    pub fn block(&mut self, component: usize, block: &Block) {
        let table = component.min(1);
        let mean = &mut self.means[component & 3];
        // Differences beyond these have no code in baseline files, and no real picture has them.
        let difference = (block.direct() - *mean).clamp(-2047, 2047);
        *mean += difference;
        let (size, value) = magnitude(difference);
        self.put(DIRECT_CODES[table][size as usize], size, value);
        let codes = &ALTERNATING_CODES[table];
        let mut before = 0;
        block.each_from(1, |place, value| {
            let mut run = place - before - 1;
            while run > 15 {
                self.put(codes[0xF0], 0, 0);
                run -= 16;
            }
            let (size, value) = magnitude(i32::from(value).clamp(-1023, 1023));
            self.put(codes[run << 4 | size as usize], size, value);
            before = place;
        });
        if before < 63 {
            self.put(codes[0], 0, 0);
        }
    }

    /// Ends the picture and returns its bytes.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        // The last byte is filled up with ones (T.81, F.1.2.3).
        self.put(0x7F << 8 | 7, 0, 0);
        while self.count >= 8 {
            self.count -= 8;
            self.byte((self.buffer >> self.count) as u8);
        }
        self.bytes.extend([0xFF, 0xD9]);
        self.bytes
    }

    /// Adds a code, and the bits of a value after it.
    #[inline(always)]
    fn put(&mut self, code: u32, size: u32, value: u32) {
        let length = (code & 0xFF) + size;
        self.buffer = self.buffer << length | u64::from(code >> 8 << size | value);
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            self.four_bytes((self.buffer >> self.count) as u32);
        }
    }

    #[inline(always)]
    fn four_bytes(&mut self, word: u32) {
        let has_ff = (word & 0x8080_8080) & !(word.wrapping_add(0x0101_0101)) != 0;
        if has_ff {
            word.to_be_bytes().into_iter().for_each(|byte| self.byte(byte));
        } else {
            self.bytes.extend_from_slice(&word.to_be_bytes());
        }
    }

    /// Adds a byte, with the zero that keeps 0xFF from being a marker.
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xFF {
            self.bytes.push(0);
        }
    }
}

/// The size of a value in bits, and those bits (T.81, F.1.2.1).
#[inline(always)]
fn magnitude(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = (value + (value >> 31)) as u32;
    (size, bits & ((1 << size) - 1))
}

fn segment(bytes: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    bytes.extend([0xFF, marker]);
    bytes.extend((payload.len() as u16 + 2).to_be_bytes());
    bytes.extend(payload);
}

fn quantisation(bytes: &mut Vec<u8>, number: u8, steps: &[u16; 64]) {
    let mut payload = vec![if is_baseline(steps) { number } else { 0x10 | number }];
    for step in steps {
        if is_baseline(steps) { payload.push(*step as u8) } else { payload.extend(step.to_be_bytes()) }
    }
    segment(bytes, 0xDB, &payload);
}

fn frame(bytes: &mut Vec<u8>, form: &Form, width: u16, height: u16) {
    let mut payload = vec![8];
    payload.extend(height.to_be_bytes());
    payload.extend(width.to_be_bytes());
    payload.push(form.sampling.len() as u8);
    for (number, &(across, down)) in (0_u8..).zip(&form.sampling) {
        payload.extend([number + 1, (across << 4 | down) as u8, number]);
    }
    // Steps of 16 bits make the process an extended one (T.81, B.2.4.1).
    segment(bytes, if form.steps.iter().all(is_baseline) { 0xC0 } else { 0xC1 }, &payload);
}

fn huffman(bytes: &mut Vec<u8>, place: u8, (counts, symbols): Table) {
    let payload = [&[place], counts.as_slice(), symbols].concat();
    segment(bytes, 0xC4, &payload);
}

fn scan(bytes: &mut Vec<u8>, components: usize) {
    let mut payload = vec![components as u8];
    for number in 0..components as u8 {
        payload.extend([number + 1, number.min(1) * 0x11]);
    }
    payload.extend([0, 63, 0]);
    segment(bytes, 0xDA, &payload);
}
