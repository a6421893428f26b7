//! The page at the root of the workspace says what the sources say.

use xmpp_conformance::{report, workspace};

#[test]
fn every_id_is_known_and_every_requirement_accounted_for() {
    let errors = report(&workspace()).unwrap().errors();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn conformance_md_is_up_to_date() {
    let root = workspace();
    let page = report(&root).unwrap().page();
    let written = std::fs::read_to_string(root.join("CONFORMANCE.md")).unwrap_or_default();
    // A checkout may have changed the line ends.
    let differs = page.lines().zip(written.lines()).find(|(new, old)| new != old);
    assert!(
        differs.is_none() && page.lines().count() == written.lines().count(),
        "CONFORMANCE.md is out of date; run: cargo run -p xmpp-conformance -- --write\n{differs:?}"
    );
}
