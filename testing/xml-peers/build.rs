//! Compiles the shim around libexpat where that is installed.

fn main() {
    println!("cargo::rerun-if-changed=src/peers/expat.c");
    // So that it is noticed when it is installed.
    println!("cargo::rerun-if-changed=/usr/include/expat.h");
    println!("cargo::rustc-check-cfg=cfg(libexpat)");
    // The header and the library come in one package (Debian: libexpat1-dev).
    let shim = cc::Build::new()
        .file("src/peers/expat.c")
        .warnings(false)
        .cargo_warnings(false)
        .try_compile("xmppexpat");
    if shim.is_ok() {
        println!("cargo::rustc-link-lib=expat");
        println!("cargo::rustc-cfg=libexpat");
    }
}
