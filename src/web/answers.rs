//! Answers to what is asked without words.
//!
//! The front page, the wall, the places and every list that is browsed count the whole archive, and all visitors ask the same few
//! of these questions. An answer is given again to the same viewer, on the same day, as long as the index says the same and nothing
//! was closed since: all of that is part of what it is known by.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use kho_index::{Answer, Question};
use lru::LruCache;

use crate::view::Sight;

/// So many answers are remembered.
const MOST: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// The answers that were given lately.
pub(super) struct Answers(Mutex<LruCache<String, Answer>>);

impl Default for Answers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Answers {
    /// Returns what `sight` answers. Only questions without words are remembered: of others there is no end.
    pub(super) fn search(&self, sight: &Sight<'_>, question: &Question<'_>) -> anyhow::Result<Answer> {
        if !question.text.trim().is_empty() {
            return sight.search(question);
        }
        // Without words, no other names of things are looked for.
        let question = Question { lexicon: None, ..question.clone() };
        let key = format!("{} {:?} {:?} {question:?}", sight.position, sight.viewer, sight.except);
        if let Some(answer) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(answer.clone());
        }
        let answer = sight.search(&question)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, answer.clone());
        Ok(answer)
    }

    /// Forgets all: the index is another one.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
