//! Plain HTTP pages of the client port.
