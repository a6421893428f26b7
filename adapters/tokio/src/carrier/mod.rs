//! What carries a stream.

#[cfg(feature = "bosh")]
pub(crate) mod bosh;
#[cfg(feature = "bosh")]
mod endpoint;
mod socket;
pub(crate) mod tcp;
#[cfg(test)]
mod tests;
