//! Text that grows up to a bound.

use super::LONGEST_TEXT;

/// Text in the making. It never grows beyond [`LONGEST_TEXT`], never begins with an empty line, and never
/// has two empty lines in a row.
#[derive(Debug, Default)]
pub(super) struct Writing {
    text: String,
    is_cut: bool,
}

impl Writing {
    /// Adds text as it is, without control characters other than tab and line feed.
    pub(super) fn push(&mut self, text: &str) {
        for character in text.chars() {
            self.push_char(character);
        }
    }

    /// Adds one character; a control character is left out.
    pub(super) fn push_char(&mut self, character: char) {
        if character == '\n' {
            return self.line();
        }
        let is_wanted = character == '\t' || !(character.is_control() || character == '\u{feff}');
        if is_wanted && self.has_room(character.len_utf8()) {
            self.text.push(character);
        }
    }

    /// Ends the line: spaces at its end go, and so does a second empty line.
    pub(super) fn line(&mut self) {
        self.text.truncate(self.text.trim_end_matches([' ', '\t']).len());
        let is_needed = !self.text.is_empty() && !self.text.ends_with("\n\n") && !self.text.ends_with('\u{c}');
        if is_needed && self.has_room(1) {
            self.text.push('\n');
        }
    }

    /// Ends a cell of a table.
    pub(super) fn cell(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.push_char('\t');
    }

    /// Begins a line unless one has just begun.
    pub(super) fn fresh_line(&mut self) {
        if !self.is_at_line_start() {
            self.line();
        }
    }

    /// Ends a page, also one without words: pages are counted by their form feeds.
    pub(super) fn page(&mut self) {
        self.text.truncate(self.text.trim_end_matches([' ', '\t', '\n']).len());
        if self.has_room(1) {
            self.text.push('\u{c}');
        }
    }

    /// A space unless there is one.
    pub(super) fn space(&mut self) {
        if !self.is_at_line_start() && !self.text.ends_with([' ', '\t', '\u{a0}']) {
            self.push_char(' ');
        }
    }

    pub(super) fn is_at_line_start(&self) -> bool {
        self.text.is_empty() || self.text.ends_with(['\n', '\u{c}'])
    }

    /// There is no room left: reading further is in vain.
    pub(super) fn is_full(&self) -> bool {
        self.is_cut
    }

    /// Marks that text was left out.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
    }

    /// The text, and whether some was left out.
    pub(super) fn finish(mut self) -> (String, bool) {
        self.text.truncate(self.text.trim_end_matches([' ', '\t', '\n']).len());
        (self.text, self.is_cut)
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        self.is_cut |= self.text.len() + bytes > LONGEST_TEXT;
        !self.is_cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tidy_and_the_bound_holds() {
        let mut writing = Writing::default();
        writing.push("\n\nĐan đó \n\n\n\nở Thủ\u{0} Sỹ\t\n");
        assert_eq!(writing.finish(), ("Đan đó\n\nở Thủ Sỹ".to_owned(), false));
        let mut endless = Writing::default();
        while !endless.is_full() {
            endless.push("dệt lụa ");
        }
        let (text, is_cut) = endless.finish();
        assert!(is_cut && text.len() <= LONGEST_TEXT && text.len() > LONGEST_TEXT - 16);
    }
}
