//! Server and application at one moment.

use std::time::{Duration, Instant};

use causeway_core::sample::{Progress, Sample};

use super::application::{Application, ApplicationEye};
use super::server::ServerEye;
use crate::clock;
use crate::target::Target;

/// Looks at both, again and again.
#[derive(Debug)]
pub(crate) struct Observer {
    server: ServerEye,
    application: Option<ApplicationEye>,
    last: Instant,
}

impl Observer {
    /// Looks for the first time: what both have counted so far.
    pub(crate) async fn begin(target: &Target, application: Option<Application>) -> Self {
        let mut observer = Self {
            server: ServerEye::new(target.clone()),
            application: application.map(ApplicationEye::new),
            last: Instant::now(),
        };
        observer.look("", None).await;
        observer
    }

    /// How long ago the last look was.
    pub(crate) fn since_last(&self) -> Duration {
        self.last.elapsed()
    }

    /// What happened since the last look.
    pub(crate) async fn look(&mut self, step: &str, progress: Option<Progress>) -> Sample {
        let (server, application) =
            tokio::join!(self.server.look(), look_at(self.application.as_mut()));
        let mut trouble = server.trouble;
        let application = match application {
            Some(Ok(application)) => Some(application),
            Some(Err(why)) => {
                trouble.push(format!("application: {why}"));
                None
            }
            None => None,
        };
        let seconds = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        Sample {
            at: clock::now_text(),
            step: step.to_owned(),
            seconds,
            server: server.sample,
            application,
            progress,
            trouble,
        }
    }
}

async fn look_at(
    eye: Option<&mut ApplicationEye>,
) -> Option<Result<causeway_core::sample::ApplicationSample, String>> {
    match eye {
        Some(eye) => Some(eye.look().await),
        None => None,
    }
}
