//! One exchange is one OpenTelemetry span and one log scope: what can go wrong between the two.

mod children;
mod hostile;
mod linked;
mod logs;
mod queue;
