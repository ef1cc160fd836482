//! `-X jit-profile-out` and `-X jit-profile-in`.

use crate::options::Options;
use crate::output;
use kiln_object::dict::Dict;
use kiln_profile::profile::Profile;
use std::path::Path;

fn file<'a>(options: &'a Options, name: &str) -> Option<&'a Path> {
    let chosen = options.jit.iter().rev().find(|chosen| chosen.name == name)?;
    chosen.value.as_deref().map(Path::new)
}

/// Starts counting and reads the profile given; the message of what cannot be read.
pub fn start(options: &Options) -> Result<(), String> {
    kiln_interp::profile::set_modules(|name| {
        let modules = kiln_stdlib::state::state().modules.get()?;
        modules.exact::<Dict>()?.get_str(name)
    });
    if let Some(path) = file(options, "jit-profile-in") {
        let profile = Profile::read(path).map_err(|e| e.to_string())?;
        kiln_interp::profile::load(profile);
    }
    if file(options, "jit-profile-out").is_some() {
        kiln_interp::profile::start();
    }
    Ok(())
}

/// Writes what was counted; false if that failed.
pub fn finish(options: &Options) -> bool {
    let (Some(path), Some(profile)) = (file(options, "jit-profile-out"), kiln_interp::profile::take()) else {
        return true;
    };
    match profile.write(path) {
        Ok(()) => true,
        Err(e) => {
            output::error(&format!("{}: {e}\n", output::program()));
            false
        }
    }
}
