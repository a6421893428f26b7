//! Every command as a person or a script meets it: the built program as a process, what it prints, how it ends.
#![cfg(unix)]

mod accounts;
mod device;
mod files;
mod logins;
mod manual;
mod ping;
mod pipes;
mod prompt;
mod recipients;
mod refused;
mod request;
mod roster;
mod send;
mod serve;
mod signals;
mod soap;
#[allow(unreachable_pub, reason = "each of them is of use to the tests")]
mod support;
mod unreachable;
mod usage;
