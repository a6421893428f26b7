//! What allocates and what does not. One test, so that nothing else runs beside it.

use jid::{Jid, JidRef};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// How many octets more than before the heap holds at any time during a call. The least of several: the test runner may
/// allocate meanwhile.
fn allocated<T>(call: impl Fn() -> T) -> usize {
    let once = || {
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let result = call();
        let peak = HEAP.peak_usage();
        drop(result);
        peak.saturating_sub(before)
    };
    (0..8).map(|_| once()).min().unwrap_or_default()
}

/// JID-15: looking at a canonical address takes no allocation, nor do a short owned one, clones and bare forms.
#[test]
fn nothing_is_allocated() {
    let resource = "r".repeat(1023);
    let long = format!("juliet@example.com/{resource}");
    for address in [
        "juliet@example.com/balcony",
        "a--b.r3---sn.example.com",
        "[2001:db8::1]/x",
        "192.0.2.1",
        "жук@пример.example/Дом",
        "山田@例え.example/部屋",
        "ß@faß.example/♚ 🍺",
        &long,
    ] {
        assert_eq!(allocated(|| JidRef::new(address).expect(address).resource().is_some()), 0, "{address}");
        let owned = Jid::new(address).expect(address);
        assert_eq!(allocated(|| owned.clone()), 0, "{address} cloned");
        assert_eq!(allocated(|| owned.to_bare()), 0, "{address} to bare");
        assert_eq!(allocated(|| Jid::new(address)) == 0, address.len() <= 48, "{address} owned");
    }
}
