//! A PostgreSQL server of a test process: started when first asked for, with a database for each
//! test, and gone with the process.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

/// Where Debian puts the programs of each major version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The user who runs the server where we are root: PostgreSQL refuses to be run by root.
const USER: &str = "postgres";
/// How often the server is asked whether it is up: 30 s in all.
const ASKED_MAX: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

/// A running server.
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    durable: bool,
    /// The process that listens, not the one that started it.
    child: Child,
}

impl Postgres {
    /// The server of this process.
    ///
    /// # Panics
    /// There is no server on this machine, or it does not start: the sentence says why.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        SERVER.get_or_init(|| match Self::start() {
            Ok(server) => server,
            Err(error) => panic!("PostgreSQL: {error}"),
        })
    }

    /// Starts another server. Dropping it ends it, as does the end of this process.
    ///
    /// # Errors
    /// There is none on this machine, or it does not start.
    pub fn start() -> io::Result<Self> {
        Self::start_as(true)
    }

    /// Starts a server that keeps nothing through a power cut, for tests of very many transactions.
    ///
    /// # Errors
    /// There is none on this machine, or it does not start.
    pub fn start_fast() -> io::Result<Self> {
        Self::start_as(false)
    }

    fn start_as(durable: bool) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        remove_leftovers();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("linka-postgres-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        let programs = newest()?;
        if is_root()? {
            let user = answer(Command::new("id").args(["-u", USER]))?;
            chown(&folder, user.trim().parse().ok(), None)?;
        }
        let data = folder.join("data");
        let initdb = as_user(&programs.join("initdb"))?
            .args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .current_dir("/")
            .output()?;
        succeeded("initdb", &initdb)?;
        let port = free_port()?;
        let child = launch(&programs, &folder, port, durable)?;
        let server = Self { folder, programs, port, durable, child };
        server.wait_until_up()?;
        Ok(server)
    }

    /// Makes an empty database and gives back its address.
    ///
    /// # Panics
    /// The server refuses.
    pub fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("linka_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let made = self.client("createdb").arg(&name).output();
        if let Err(error) = made.and_then(|output| succeeded("createdb", &output)) {
            panic!("{error}");
        }
        format!("postgres://{USER}@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }

    /// Kills the server and all its processes at once (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// The process cannot be killed.
    pub fn kill9(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        // Its children notice the death of the first process by themselves; we wait for them.
        for _ in 0..ASKED_MAX {
            if !self.has_processes() {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        Err(io::Error::other("processes of the server outlive it"))
    }

    /// Starts it again over the same data, at the same port.
    ///
    /// # Errors
    /// It does not start.
    pub fn restart(&mut self) -> io::Result<()> {
        self.child = launch(&self.programs, &self.folder, self.port, self.durable)?;
        self.wait_until_up()
    }

    /// Whether any process still works in the data folder.
    fn has_processes(&self) -> bool {
        let data = self.folder.join("data");
        let Ok(processes) = fs::read_dir("/proc") else { return false };
        processes.filter_map(Result::ok).any(|process| {
            fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == data)
        })
    }

    fn wait_until_up(&self) -> io::Result<()> {
        for _ in 0..ASKED_MAX {
            let ready = self.client("pg_isready").arg("-q").status()?;
            if ready.success() && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(io::Error::other(format!("the server does not come up: {log}")))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-U", USER]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing more can be done about a process that is already gone.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Starts the server from a thread that never ends: a process asks to die with the *thread* that
/// started it, and the threads of tests come and go.
fn launch(programs: &Path, folder: &Path, port: u16, durable: bool) -> io::Result<Child> {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"))?;
    let mut command = as_user(&programs.join("postgres"))?;
    command
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(["-c", if durable { "fsync=on" } else { "fsync=off" }])
        .args(["-c", "max_connections=200"])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        drop(sender.send(command.spawn()));
        loop {
            thread::park();
        }
    });
    receiver.recv().map_err(io::Error::other)?
}

/// A command that dies with us, at once and without tidying up, run by an ordinary user.
fn as_user(program: &Path) -> io::Result<Command> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if is_root()? {
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]);
    }
    command.arg("--").arg(program);
    Ok(command)
}

/// The programs of the newest version that is installed.
fn newest() -> io::Result<PathBuf> {
    let missing = || {
        let why = format!("no server in {VERSIONS}: install the package `postgresql`");
        io::Error::new(io::ErrorKind::NotFound, why)
    };
    let versions = fs::read_dir(VERSIONS).map_err(|_| missing())?;
    let numbers = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let newest: u32 = numbers.max().ok_or_else(missing)?;
    Ok(Path::new(VERSIONS).join(newest.to_string()).join("bin"))
}

/// Removes the folders of servers whose test process is no more.
fn remove_leftovers() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix("linka-postgres-"));
        let id = id.and_then(|rest| rest.split('-').next());
        if id.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn is_root() -> io::Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn answer(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    succeeded(&command.get_program().display().to_string(), &output)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn succeeded(program: &str, output: &Output) -> io::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{program}: {}: {complaint}", output.status)))
}
