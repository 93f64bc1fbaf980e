//! In which order rows are visited.

/// By the bytes of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

impl Order {
    /// The place of the step with this number among `count` places.
    pub fn place(self, step: usize, count: usize) -> usize {
        match self {
            Self::Ascending => step,
            Self::Descending => count - 1 - step,
        }
    }

    /// Whether `next`, compared with what came just before it, comes too early.
    pub fn refuses(self, compared: std::cmp::Ordering) -> bool {
        match self {
            Self::Ascending => compared.is_le(),
            Self::Descending => compared.is_ge(),
        }
    }
}
