//! Answers to what is asked without words.
//!
//! The front page, the wall, the places and every list that is browsed count the whole archive, and all visitors ask the same few
//! of these questions. An answer is given again to the same viewer, on the same day, as long as the index says the same and nothing
//! was closed since: all of that is part of what it is known by.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use kho_index::{Answer, Question, Sort};
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
        match narrowed_by_one(&question) {
            Some(property) => self.of_one_property(sight, &question, property),
            None => self.remembered(sight, &question),
        }
    }

    /// Of the property that narrows an answer all values are counted, which goes through the whole archive: that count is the same
    /// whatever value was chosen, and is asked for once. The rest is soon found.
    fn of_one_property(&self, sight: &Sight<'_>, question: &Question<'_>, property: &str) -> anyhow::Result<Answer> {
        let whole = Question { narrowed: Vec::new(), sort: Sort::Fit, limit: 0, offset: 0, ..question.clone() };
        let others = question.counted.iter().filter(|counted| *counted != property).cloned().collect();
        let mut answer = self.remembered(sight, &Question { counted: others, ..question.clone() })?;
        let counts = self.remembered(sight, &whole)?.facets.into_iter().find(|facet| facet.name == property);
        let place = question.counted.iter().position(|counted| counted == property);
        if let Some((counts, place)) = counts.zip(place) {
            answer.facets.insert(place, counts);
        }
        Ok(answer)
    }

    fn remembered(&self, sight: &Sight<'_>, question: &Question<'_>) -> anyhow::Result<Answer> {
        let key = format!("{} {:?} {:?} {question:?}", sight.position, sight.viewer, sight.except);
        if let Some(answer) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(answer.clone());
        }
        let answer = sight.search(question)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, answer.clone());
        Ok(answer)
    }

    /// Forgets all: the index is another one.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The property that narrows an answer, if it is one alone, and its values are to be counted. Kinds are another matter: whether some
/// are asked for decides what is listed at all.
fn narrowed_by_one<'a>(question: &'a Question<'_>) -> Option<&'a str> {
    let [narrowed] = &question.narrowed[..] else { return None };
    let is_one = !narrowed.is_without && narrowed.property != "kind" && question.counted.contains(&narrowed.property);
    is_one.then_some(&narrowed.property)
}
