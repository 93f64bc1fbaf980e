//! Lines for people: nobody needs to read them.

/// Prints a line on standard error. What cannot be written there is lost: whoever closed it does not want to know.
macro_rules! errln {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub(crate) use errln;
