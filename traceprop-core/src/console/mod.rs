//! A finished trace in the terminal, as a waterfall.
//!
//! [`Waterfall`] draws any [`Trace`](crate::tree::Trace); [`ConsoleProcessor`] draws each trace of this
//! process when it has ended, with no second program to install. [`ConsoleMode`] is the setting.
//!
//! ```text
//! trace 4bf92f3577b34da6a3ce929d0e0e4736  250ms  5 spans  1 service
//! GET /orders/{id}  orders  ███████████████████████████████████████    250ms  self 30ms
//! ├─ auth.check     orders  ███████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░     40ms
//! └─ product.load   orders  ░░░░░░░█████████████████████████████░░░    180ms  self 18ms
//!    ├─ cache.get   orders  ░░░░░░░██░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░      2ms
//!    └─ db.query    orders  ░░░░░░░░░██████████████████████████░░░░    160ms  ← bottleneck 64%
//! ```
//!
//! The arrow follows the [critical path](crate::tree#the-critical-path), over the whole trace: also when
//! the slow place lies behind a message queue, after the request has been answered. `! text` below a
//! row is an error, `⇢` a step into another process. Names come from other processes and are made
//! harmless before they reach the terminal.

mod cells;
mod columns;
mod detail;
mod drawing;
mod env;
mod mode;
mod pending;
mod processor;
mod waterfall;

pub use self::{
    mode::{ConsoleMode, UnknownConsoleMode},
    processor::{ConsoleBuilder, ConsoleProcessor},
    waterfall::Waterfall,
};
