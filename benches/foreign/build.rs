//! Compiles the shims whose headers are installed.

fn main() {
    for peer in ["libxml2", "expat", "pugixml"] {
        println!("cargo::rustc-check-cfg=cfg({peer})");
    }
    println!("cargo::rerun-if-changed=shims");
    peer("libxml2", cc::Build::new().file("shims/libxml2.c").include("/usr/include/libxml2"), "xml2");
    peer("expat", cc::Build::new().file("shims/expat.c"), "expat");
    peer("pugixml", cc::Build::new().cpp(true).file("shims/pugixml.cpp"), "pugixml");
}

/// Whether there is a header is best known by the compiler; a peer without one does not take part.
fn peer(name: &str, shim: &mut cc::Build, library: &str) {
    if shim.warnings(true).cargo_warnings(false).try_compile(&format!("shim_{name}")).is_ok() {
        println!("cargo::rustc-link-lib={library}");
        println!("cargo::rustc-cfg={name}");
    }
}
