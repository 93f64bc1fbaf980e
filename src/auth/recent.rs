//! What was found out about the texts that were asked for last.

use std::collections::HashMap;

use ahash::RandomState;

/// Values by text. Those that were not asked for while as many others came as fit are forgotten.
pub struct Recent<T> {
    /// Of each half.
    len_max: usize,
    newer: HashMap<Box<str>, T, RandomState>,
    older: HashMap<Box<str>, T, RandomState>,
}

impl<T: Clone> Recent<T> {
    pub fn new(len_max: usize) -> Self {
        Self { len_max, newer: HashMap::default(), older: HashMap::default() }
    }

    /// The value of a text, which counts as asked for.
    pub fn find(&mut self, text: &str) -> Option<T> {
        if let Some(value) = self.newer.get(text) {
            return Some(value.clone());
        }
        let value = self.older.remove(text)?;
        self.add(text, value.clone());
        Some(value)
    }

    pub fn add(&mut self, text: &str, value: T) {
        if self.newer.len() >= self.len_max {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(text.into(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut recent = Recent::new(10);
        recent.add("kept", 0);
        for number in 1..=1000 {
            recent.add(&number.to_string(), number);
            assert_eq!(recent.find("kept"), Some(0), "after {number}");
            assert!(recent.newer.len() + recent.older.len() <= 20);
        }
        assert_eq!(recent.find("1000"), Some(1000));
        assert_eq!((recent.find("970"), recent.find("never")), (None, None));
    }
}
