//! A real browser: Chromium through its WebDriver, as Debian packages both, and axe, which judges how
//! accessible a page is.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::python_packages::Packages;

const DRIVER: &str = "chromedriver";
const READY_SECONDS_MAX: u64 = 20;
/// The script comes to PyPI with the newest axe; nothing of Python is run.
const AXE: Packages = Packages {
    name: "axe-playwright-python-0.1.8",
    requirements: "axe-playwright-python==0.1.8 \
                   --hash=sha256:fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8\n",
    missing: "no axe: Python 3.11 or later with pip is needed, and a package index",
};

/// A WebDriver server, and its browsers. They end with it.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts one on a port of its own.
    ///
    /// # Errors
    ///
    /// When it is not installed or does not get ready; the message says what to install.
    pub fn start() -> Result<Self> {
        let port = local_mongod::free_port()?;
        let child = Command::new(DRIVER)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                format!("run {DRIVER}: install the packages chromium and chromium-driver")
            })?;
        let mut driver = Self { child, port };
        driver.wait()?;
        Ok(driver)
    }

    /// Where it is: `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().context("look at the driver")?;
            ensure!(ended.is_none(), "{DRIVER} ended at once: {ended:?}");
            let waited = begun.elapsed() > Duration::from_secs(READY_SECONDS_MAX);
            ensure!(!waited, "{DRIVER} is not ready after {READY_SECONDS_MAX} s");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // One that ended by itself is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is a driver.
#[must_use]
pub fn is_installed() -> bool {
    let version = Command::new(DRIVER).arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// The script of axe, fetched first when it is not there.
///
/// # Errors
///
/// When it can't be fetched; the message says how to get it.
pub fn axe() -> Result<String> {
    let script = AXE.fetched()?.join("axe_playwright_python/axe.min.js");
    fs::read_to_string(&script).with_context(|| format!("read {}", script.display()))
}
