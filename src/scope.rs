//! Who sees a view of a record, as the index keeps it word for word and hands it back.

use std::fmt;

use kho_archive::access::{Decision, Viewer, may};
use serde::{Deserialize, Serialize};

/// Decisions of which all must admit the viewer, and others of which none may.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scope {
    all: Vec<Decision>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    none: Vec<Vec<Decision>>,
}

impl Scope {
    /// Returns the scope of what all of `all` decide on, for those whom none of `none` admits.
    pub(crate) fn new<'a>(all: impl IntoIterator<Item = &'a Decision>, none: Vec<Vec<Decision>>) -> Self {
        let mut decisions: Vec<Decision> = Vec::new();
        for decision in all {
            let decision = decision.in_effect();
            if !decisions.contains(&decision) {
                decisions.push(decision);
            }
        }
        // Several that are open say no more than one, and nothing at all where others decide.
        let decides = |decision: &Decision| !decision.is_open();
        if decisions.iter().any(decides) {
            decisions.retain(decides);
        }
        Self { all: decisions, none }
    }

    /// Whether it admits a viewer. What cannot be read admits nobody.
    pub(crate) fn admits(scope: &str, viewer: &Viewer) -> bool {
        let Ok(scope) = serde_json::from_str::<Self>(scope) else { return false };
        let is_admitted = |decisions: &[Decision]| may(viewer, decisions).is_admitted();
        is_admitted(&scope.all) && !scope.none.iter().any(|decisions| is_admitted(decisions))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kho_archive::access::{Level, Who};

    fn decision(level: Level) -> Decision {
        Decision::new(level, "lan", jiff::civil::date(2026, 1, 1))
    }

    #[test]
    fn all_must_admit_and_none_of_the_others() {
        let scope = Scope::new(&[decision(Level::Public), decision(Level::Public)], vec![vec![decision(Level::Research)]]).to_string();
        assert_eq!(scope, r#"{"all":[{"level":"public"}],"none":[[{"level":"research","decided_by":"lan","decided_on":"2026-01-01"}]]}"#);
        let viewer = |who| Viewer { who, today: jiff::civil::date(2026, 1, 1) };
        assert!(Scope::admits(&scope, &viewer(Who::Public)) && !Scope::admits(&scope, &viewer(Who::Researcher)));
        assert!(!Scope::admits("public", &viewer(Who::Archivist)), "what cannot be read admits nobody");
        let none = Scope::new(&[], Vec::new()).to_string();
        assert!(!Scope::admits(&none, &viewer(Who::Public)) && Scope::admits(&none, &viewer(Who::Archivist)));
    }
}
