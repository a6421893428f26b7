//! A program without `std`, with its own allocator and panic handler, that uses every corner of the crate `jid`. That it
//! links shows that nothing in the crate or below it needs `std`; that it ends with 0 shows that it works so.
//!
//! ```text
//! cargo run --manifest-path testing/no-std/Cargo.toml
//! ```
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::ToString;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::panic::PanicInfo;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

use jid::{BareJid, Jid, JidRef, LocalPart, Query, XmppUri, jid};

/// How much this program may allocate in all.
const HEAP: usize = 64 * 1024;

/// Gives out memory from a fixed piece and never takes it back.
struct Bump {
    memory: UnsafeCell<[u8; HEAP]>,
    used: AtomicUsize,
}

// SAFETY: `used` gives each piece of `memory` to one caller.
unsafe impl Sync for Bump {}

// SAFETY: pieces are disjoint, aligned and inside of `memory`.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.memory.get().cast::<u8>();
        let reserved = self.used.fetch_add(layout.size() + layout.align(), Ordering::Relaxed);
        let skipped = start.wrapping_add(reserved).align_offset(layout.align());
        match reserved.checked_add(skipped).and_then(|from| Some((from, from.checked_add(layout.size())?))) {
            Some((from, end)) if end <= HEAP => start.wrapping_add(from),
            _ => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { memory: UnsafeCell::new([0; HEAP]), used: AtomicUsize::new(0) };

#[link(name = "c")]
unsafe extern "C" {
    /// Of the C library, which also starts the program.
    safe fn abort() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    abort()
}

/// The `alloc` that comes with the compiler is built to unwind and asks for these two; as panics abort, neither is called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {
    abort()
}

/// See [`rust_eh_personality`].
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {
    abort()
}

/// Where the C library starts.
#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    const ECHO: JidRef<'static> = jid!("echo@example.com/test");

    let checks = || {
        let mapped = Jid::new("J\u{fc}RGEN@xn--bcher-kva.example./Caf\u{65}\u{301}").ok()?;
        let right_to_left = BareJid::new("\u{5d0}\u{5d1}@example.com").ok()?;
        let escaped = LocalPart::escape("d'artagnan").ok()?;
        let uri = XmppUri::new(mapped.clone()).with_query(Query::new("message").with("body", "\u{e9}"));
        let again = XmppUri::parse(&uri.to_string()).ok()?;
        let refused = Jid::new("a b@example.com").err()?;
        Some(
            mapped == "j\u{fc}rgen@b\u{fc}cher.example/Caf\u{e9}"
                && right_to_left.local() == Some("\u{5d0}\u{5d1}")
                && escaped == r"d\27artagnan"
                && again == uri
                && refused.to_string() == "localpart: character U+0020 is not allowed here (byte 1)"
                && ECHO.to_bare() == "echo@example.com"
                && Jid::new(&alloc::format!("a@b/{}", "r".repeat(1023))).is_ok(),
        )
    };
    c_int::from(checks() != Some(true))
}
