//! Bytes, read as the choices of a sequence of operations.

/// What is left of the input.
#[derive(Debug)]
pub(crate) struct Operations<'a>(&'a [u8]);

impl<'a> Operations<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next choice; `None` ends the sequence.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// A choice below `bound`, 0 if nothing is left.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let high = usize::from(self.next().unwrap_or(0));
        let low = if bound > 256 {
            usize::from(self.next().unwrap_or(0))
        } else {
            0
        };
        let choice = if bound > 256 { high << 8 | low } else { high };
        choice % bound.max(1)
    }

    /// Any size between 0 and just below `2^bits`, small ones as likely as large ones.
    pub(crate) fn size(&mut self, bits: u32) -> u64 {
        let exponent = self.below(bits as usize);
        let fraction = self.next().unwrap_or(0);
        (1 << exponent) + (u64::from(fraction) << exponent >> 8) - 1
    }
}
