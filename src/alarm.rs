//! Alarms: which stand, replicated and persisted.
