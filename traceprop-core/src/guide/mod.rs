//! The user's guide, a page a question.

#[doc = include_str!("migration.md")]
pub mod migration {}
