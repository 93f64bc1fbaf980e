//! The flags that every command has, and the client that they describe.

use std::{env, time::Duration};

use tokio::sync::OnceCell;

use crate::{
    cli::{
        exit::{Exit, Failure},
        go, offer,
        output::Format,
    },
    client::{Client, Config, ConfigError, ConnectError, Credentials, TlsConfig},
    ctl::{
        environment::{Environment, variable},
        print::Printer,
        prompt, srv,
        tls_files::{check_tls_files, tls_of_files},
    },
    telemetry::log::{self, Level, LogOptions},
};

/// Flags of all commands
#[derive(clap::Args, Clone, Debug)]
pub struct GlobalFlags {
    /// gRPC endpoints
    #[arg(long, global = true, hide = true, value_name = "LIST", default_value = "127.0.0.1:2379")]
    pub endpoints: Vec<String>,
    /// Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)
    #[arg(long, short = 'w', global = true, hide = true, value_name = "FORMAT", default_value = "simple",
          value_parser = offer::text(offer::FORMATS), hide_possible_values = true)]
    pub write_out: String,
    /// Print byte strings as hex encoded strings
    #[arg(long, global = true, hide = true)]
    pub hex: bool,
    /// How long one attempt to connect may take
    #[arg(long, global = true, hide = true, value_name = "DURATION", default_value = "2s", value_parser = go::parse_duration)]
    pub dial_timeout: Duration,
    /// Timeout of short commands
    #[arg(long, global = true, hide = true, value_name = "DURATION", default_value = "5s", value_parser = go::parse_duration)]
    pub command_timeout: Duration,
    /// Keepalive time for client connections
    #[arg(long, global = true, hide = true, value_name = "DURATION", default_value = "2s", value_parser = go::parse_duration)]
    pub keepalive_time: Duration,
    /// Keepalive timeout for client connections
    #[arg(long, global = true, hide = true, value_name = "DURATION", default_value = "6s", value_parser = go::parse_duration)]
    pub keepalive_timeout: Duration,
    /// Largest request in bytes; 0 is the default of 2 MiB
    #[arg(long, global = true, hide = true, value_name = "BYTES", default_value = "0", value_parser = go::parse_flag_int, allow_hyphen_values = true)]
    pub max_request_bytes: i64,
    /// Largest answer in bytes; 0 is the default of 2 GiB
    #[arg(long, global = true, hide = true, value_name = "BYTES", default_value = "0", value_parser = go::parse_flag_int, allow_hyphen_values = true)]
    pub max_recv_bytes: i64,
    /// Disable transport security for client connections
    #[arg(long, global = true, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "true", value_parser = go::parse_bool, action = clap::ArgAction::Set)]
    pub insecure_transport: bool,
    /// Skip server certificate verification (only for tests)
    #[arg(long, global = true, hide = true)]
    pub insecure_skip_tls_verify: bool,
    /// Identify secure client using this TLS certificate file
    #[arg(long, global = true, hide = true, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub cert: String,
    /// Identify secure client using this TLS key file
    #[arg(long, global = true, hide = true, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub key: String,
    /// Verify certificates of TLS-enabled secure servers using this CA bundle
    #[arg(long, global = true, hide = true, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub cacert: String,
    /// Name[:password] for authentication (prompt if password is not supplied)
    #[arg(long, global = true, hide = true, value_name = "USER", default_value = "", hide_default_value = true)]
    pub user: String,
    /// Password for authentication (--user must not include one then)
    #[arg(long, global = true, hide = true, value_name = "PASSWORD", default_value = "", hide_default_value = true)]
    pub password: String,
    /// JWT token for authentication
    #[arg(long, global = true, hide = true, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub auth_jwt_token: String,
    /// Domain name to query for SRV records describing cluster endpoints
    #[arg(
        long,
        short = 'd',
        global = true,
        hide = true,
        value_name = "DOMAIN",
        default_value = "",
        hide_default_value = true
    )]
    pub discovery_srv: String,
    /// Service name to query when using DNS discovery
    #[arg(long, global = true, hide = true, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub discovery_srv_name: String,
    /// Accept insecure SRV records describing cluster endpoints
    #[arg(long, global = true, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "true", value_parser = go::parse_bool, action = clap::ArgAction::Set)]
    pub insecure_discovery: bool,
    /// Print the settings that apply on standard error, and what the client does
    #[arg(long, global = true, hide = true)]
    pub debug: bool,
}

/// The variable that makes etcd's client library log.
const CLIENT_DEBUG: &str = "ETCD_CLIENT_DEBUG";

/// What a command runs with.
pub struct Context {
    /// The flags, those from the environment included.
    pub flags: GlobalFlags,
    /// Names of flags that were typed or set by the environment.
    pub set: Vec<String>,
    environment: Environment,
    /// Who we are, once that is known: a password may be asked for.
    credentials: OnceCell<Option<Credentials>>,
    /// The client of all endpoints, for the login of clients of one.
    logged_in: OnceCell<Client>,
}

/// How long a command may take.
#[derive(Clone, Copy)]
pub enum Limit {
    /// `--command-timeout`.
    Command,
    /// For ever.
    None,
}

impl Context {
    /// What a command runs with; `set` names the flags that were typed or set by the environment.
    pub fn new(flags: GlobalFlags, set: Vec<String>, environment: Environment) -> Self {
        Self { flags, set, environment, credentials: OnceCell::new(), logged_in: OnceCell::new() }
    }

    /// Logs what the client library does, on standard error, if that is asked for: by `--debug`, or by a variable with a
    /// level or a boolean.
    pub fn log_client(&self) {
        let asked = env::var(CLIENT_DEBUG).ok().filter(|text| !text.is_empty());
        let level = match asked.map(|text| (go::parse_bool(&text), Level::parse(&text))) {
            Some((Ok(true), _)) => Some(Level::Debug),
            Some((Err(_), level)) => level,
            Some((Ok(false), _)) | None => None,
        };
        if let Some(level) = level.or(self.flags.debug.then_some(Level::Debug)) {
            // Somebody else has set up logging: that is as well.
            let _ = log::init(&LogOptions { level, ..LogOptions::default() });
        }
    }

    /// The endpoints, blanks around them cut away.
    pub fn endpoints(&self) -> Vec<String> {
        self.endpoints_verbatim().iter().map(|endpoint| endpoint.trim().to_owned()).collect()
    }

    /// The endpoints as typed; each flag may hold several between commas.
    pub fn endpoints_verbatim(&self) -> Vec<String> {
        let lists = self.flags.endpoints.iter().filter(|list| !list.is_empty());
        lists.flat_map(|list| list.split(',').map(str::to_owned)).collect()
    }

    /// Where answers go, in the chosen format.
    ///
    /// # Errors
    /// The format does not exist.
    pub fn printer(&self) -> Result<Printer, Failure> {
        let format = Format::from_name(&self.flags.write_out)
            .ok_or_else(|| Failure::new(Exit::BadFeature, "unsupported output format"))?;
        Ok(Printer::new(format, self.flags.hex))
    }

    /// A client of all endpoints, logged in if the flags say as whom.
    ///
    /// # Errors
    /// The flags do not describe one, or the login failed.
    pub async fn client(&self, limit: Limit) -> Result<Client, Failure> {
        self.check_environment()?;
        let flags = &self.flags;
        let mut endpoints = self.endpoints();
        if !flags.discovery_srv.is_empty() {
            self.check_files()?;
            let found =
                srv::endpoints(&flags.discovery_srv, &flags.discovery_srv_name, flags.insecure_discovery).await?;
            if !found.is_empty() {
                endpoints = found;
            }
        }
        self.client_of(endpoints, limit).await
    }

    /// Says what is wrong with the environment, once before the first client is built.
    ///
    /// # Errors
    /// A flag is typed and its variable is set, too.
    pub fn check_environment(&self) -> Result<(), Failure> {
        self.environment.check()?;
        if self.flags.debug {
            self.print_settings();
        }
        Ok(())
    }

    /// A client of these endpoints with the settings of the flags, logged in.
    ///
    /// # Errors
    /// The flags do not describe one, or the login failed.
    pub async fn client_of(&self, endpoints: Vec<String>, limit: Limit) -> Result<Client, Failure> {
        connect(&self.login_config(endpoints, limit).await?).await
    }

    /// A client of one endpoint alone. The login may be done at any other one that was typed.
    ///
    /// # Errors
    /// The flags do not describe one, or the login failed.
    pub async fn client_at(&self, endpoint: &str) -> Result<Client, Failure> {
        let logged_in = self.logged_in.get_or_try_init(|| self.client_of(self.endpoints(), Limit::Command)).await?;
        let config = Config { tls: self.tls(), ..self.config(vec![endpoint.to_owned()], Limit::Command) };
        logged_in.with_config(&config).map_err(|error| refused(error.into()))
    }

    /// A client of one endpoint alone that has not logged in there yet.
    ///
    /// # Errors
    /// The flags do not describe one.
    pub async fn lazy_client_at(&self, endpoint: &str) -> Result<Client, Failure> {
        let config = self.login_config(vec![endpoint.to_owned()], Limit::Command).await?;
        Client::new(&config).map_err(|error| refused(error.into()))
    }

    /// The settings of a client of these endpoints; asks for a password if need be.
    async fn login_config(&self, endpoints: Vec<String>, limit: Limit) -> Result<Config, Failure> {
        self.check_files()?;
        let credentials = self.credentials.get_or_try_init(|| self.ask_credentials()).await?;
        Ok(Config { tls: self.tls(), credentials: credentials.clone(), ..self.config(endpoints, limit) })
    }

    /// A client of one endpoint that does not say who we are; `None` if the settings are at fault.
    pub fn anonymous_client(&self, endpoint: String) -> Option<Client> {
        let config = Config { tls: self.tls(), ..self.config(vec![endpoint], Limit::Command) };
        Client::new(&config).ok()
    }

    /// The settings that have nothing to do with whom to trust and who we are.
    pub fn config(&self, endpoints: Vec<String>, limit: Limit) -> Config {
        let flags = &self.flags;
        let bytes = |value: i64| usize::try_from(value).unwrap_or(0);
        Config {
            endpoints,
            dial_timeout: flags.dial_timeout,
            command_timeout: match limit {
                Limit::Command => Some(flags.command_timeout),
                Limit::None => None,
            },
            keepalive_time: flags.keepalive_time,
            keepalive_timeout: flags.keepalive_timeout,
            send_bytes_max: bytes(flags.max_request_bytes),
            receive_bytes_max: bytes(flags.max_recv_bytes),
            ..Config::default()
        }
    }

    /// The settings for a load: those of the flags, asked for a password if need be.
    ///
    /// # Errors
    /// The flags contradict each other.
    pub async fn load_config(&self) -> Result<Config, Failure> {
        self.check_environment()?;
        self.login_config(self.endpoints(), Limit::None).await
    }

    fn check_files(&self) -> Result<(), Failure> {
        let flags = &self.flags;
        for (name, value) in [("cert", &flags.cert), ("key", &flags.key), ("cacert", &flags.cacert)] {
            if value.is_empty() && self.set.iter().any(|set| set == name) {
                return Err(Failure::args(format!("empty string is passed to --{name} option")));
            }
        }
        check_tls_files(&flags.cert, &flags.key, &flags.cacert)
    }

    /// TLS, if any flag speaks of it. Whether it is spoken is then up to the scheme of the first endpoint.
    pub fn tls(&self) -> Option<TlsConfig> {
        let flags = &self.flags;
        let is_srv_name_checked = !flags.discovery_srv.is_empty() && !flags.insecure_discovery;
        let tls = tls_of_files(&flags.cert, &flags.key, &flags.cacert);
        let is_wanted =
            tls.is_some() || is_srv_name_checked || !flags.insecure_transport || flags.insecure_skip_tls_verify;
        let mut tls = is_wanted.then(|| tls.unwrap_or_default())?;
        if is_srv_name_checked {
            tls = tls.server_name(&flags.discovery_srv);
        }
        Some(if flags.insecure_skip_tls_verify { tls.insecure_skip_verify() } else { tls })
    }

    async fn ask_credentials(&self) -> Result<Option<Credentials>, Failure> {
        let flags = &self.flags;
        if !flags.auth_jwt_token.is_empty() {
            return Ok(Some(Credentials::Token(flags.auth_jwt_token.clone())));
        }
        credentials(&flags.user, &flags.password, "Password: ").await
    }

    /// Every global setting as `ETCDCTL_NAME=value`.
    fn print_settings(&self) {
        let f = &self.flags;
        let duration = go::duration;
        let mut settings = vec![
            ("auth-jwt-token", f.auth_jwt_token.clone()),
            ("cacert", f.cacert.clone()),
            ("cert", f.cert.clone()),
            ("command-timeout", duration(f.command_timeout)),
            ("debug", f.debug.to_string()),
            ("dial-timeout", duration(f.dial_timeout)),
            ("discovery-srv", f.discovery_srv.clone()),
            ("discovery-srv-name", f.discovery_srv_name.clone()),
            ("endpoints", format!("[{}]", self.endpoints_verbatim().join(","))),
            ("hex", f.hex.to_string()),
            ("insecure-discovery", f.insecure_discovery.to_string()),
            ("insecure-skip-tls-verify", f.insecure_skip_tls_verify.to_string()),
            ("insecure-transport", f.insecure_transport.to_string()),
            ("keepalive-time", duration(f.keepalive_time)),
            ("keepalive-timeout", duration(f.keepalive_timeout)),
            ("key", f.key.clone()),
            ("max-recv-bytes", f.max_recv_bytes.to_string()),
            ("max-request-bytes", f.max_request_bytes.to_string()),
            ("password", f.password.clone()),
            ("user", f.user.clone()),
            ("write-out", f.write_out.clone()),
        ];
        settings.sort();
        for (name, value) in settings {
            crate::cli::errln!("{}={value}", variable(name));
        }
    }
}

/// The login of a user flag and its password flag. Asks for the password if neither holds it; without a name or with
/// an empty password there is none.
///
/// # Errors
/// The prompt was interrupted.
pub async fn credentials(user: &str, password: &str, prompt: &str) -> Result<Option<Credentials>, Failure> {
    if user.is_empty() {
        return Ok(None);
    }
    let (user, password) = match user.split_once(':') {
        _ if !password.is_empty() => (user, password.to_owned()),
        Some((user, password)) => (user, password.to_owned()),
        None => (user, prompt::ask(prompt).await?),
    };
    let is_login = !user.is_empty() && !password.is_empty();
    Ok(is_login.then(|| Credentials::Password { user: user.to_owned(), password }))
}

/// A client that is logged in.
///
/// # Errors
/// The settings are at fault, or the login failed.
pub async fn connect(config: &Config) -> Result<Client, Failure> {
    Client::connect(config).await.map_err(refused)
}

/// The report of a client that cannot be built.
fn refused(error: ConnectError) -> Failure {
    match error {
        ConnectError::Config(ConfigError::Tls(text)) if text.contains("KeyMismatch") => {
            Failure::args("tls: private key does not match public key")
        }
        // etcdctl trusts nobody then, and tries until its time is up.
        ConnectError::Config(ConfigError::Pem { ref what, .. }) if what.starts_with("CA file") => {
            crate::cli::errln!("hint: {error}");
            Failure::new(Exit::Error, "context deadline exceeded")
        }
        // As etcdctl: what is wrong with the files of TLS is wrong with the arguments.
        ConnectError::Config(
            ConfigError::File { .. } | ConfigError::Pem { .. } | ConfigError::NoRoots(_) | ConfigError::Tls(_),
        ) => Failure::args(error.to_string()),
        // etcdctl tries to reach it until its time is up.
        ConnectError::Config(ConfigError::BadEndpoint(_)) => {
            crate::cli::errln!("hint: {error}");
            Failure::new(Exit::Error, "context deadline exceeded")
        }
        _ => Failure::new(Exit::BadConnection, error.to_string()),
    }
}
