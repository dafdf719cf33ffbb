//! Starting processes that the kernel kills when this one is gone.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command},
    sync::{Mutex, OnceLock, PoisonError, mpsc},
    thread,
};

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

struct Order {
    command: Command,
    reply: mpsc::SyncSender<io::Result<Child>>,
}

/// Starts `command` so that it is killed with this process, whatever ends it: return, panic, abort
/// or SIGKILL.
///
/// The kernel's parent-death signal follows the *thread* that spawned the child. Test threads end
/// with their test, so one thread that lives as long as the process does all the spawning.
///
/// # Errors
///
/// When the program can't be started.
pub fn spawn(mut command: Command) -> io::Result<Child> {
    bind_to_parent(&mut command);
    let (reply, answer) = mpsc::sync_channel(1);
    spawner().send(Order { command, reply }).map_err(io::Error::other)?;
    answer.recv().map_err(io::Error::other)?
}

fn spawner() -> mpsc::Sender<Order> {
    static SPAWNER: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    SPAWNER
        .get_or_init(|| {
            let (orders, inbox) = mpsc::channel::<Order>();
            thread::spawn(move || {
                for mut order in inbox {
                    // Whoever ordered and went away gets no child: dropping the answer would leak it.
                    if let Err(mpsc::SendError(Ok(mut child))) =
                        order.reply.send(order.command.spawn())
                    {
                        let _ = child.kill();
                        let _ = child.wait();
                    }
                }
            });
            Mutex::new(orders)
        })
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

fn bind_to_parent(command: &mut Command) {
    let parent = getpid();
    // Its own process group: an interrupt at the terminal is for the test, which ends the server.
    command.process_group(0);
    #[expect(
        unsafe_code,
        reason = "pre_exec: the closure makes two system calls and allocates nothing"
    )]
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // The parent may have died before the line above.
            if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
        });
    }
}
