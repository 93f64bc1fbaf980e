//! What the kernel knows about this process, read at each scrape.

use prometheus::proto::{Counter, Gauge, Metric, MetricFamily, MetricType};
use rustix::process::{Resource, getrlimit};

/// Families in no order.
pub fn families() -> Vec<MetricFamily> {
    let mut families = Vec::new();
    let mut add = |kind, name: &str, help: &str, value: Option<f64>| {
        families.extend(value.map(|value| family(kind, name, help, value)));
    };
    let stat = Stat::read();
    let field = |index: usize| stat.as_ref().and_then(|stat| stat.field(index));
    let ticks = ticks_per_second();
    let page = rustix::param::page_size() as f64;
    let (counter, gauge) = (MetricType::COUNTER, MetricType::GAUGE);

    let cpu = field(14).zip(field(15)).map(|(user, system)| (user + system) / ticks);
    add(counter, "process_cpu_seconds_total", "CPU seconds used, by the program and for it in the kernel.", cpu);
    let start = field(22).zip(boot_seconds()).map(|(ticks_after_boot, boot)| boot + ticks_after_boot / ticks);
    add(gauge, "process_start_time_seconds", "When the process began, unix seconds.", start);
    add(gauge, "process_virtual_memory_bytes", "Bytes of virtual memory.", field(23));
    add(gauge, "process_resident_memory_bytes", "Bytes of resident memory.", field(24).map(|pages| pages * page));
    let unlimited = u64::MAX as f64;
    let address_space = getrlimit(Resource::As).current.map_or(unlimited, |bytes| bytes as f64);
    add(gauge, "process_virtual_memory_max_bytes", "Limit of virtual memory in bytes.", Some(address_space));

    let files = open_files().map(|files| files as f64);
    let files_max = getrlimit(Resource::Nofile).current.map_or(unlimited, |files| files as f64);
    add(gauge, "process_open_fds", "Open file descriptors.", files);
    add(gauge, "process_max_fds", "Limit of open file descriptors.", Some(files_max));
    add(gauge, "os_fd_used", "Open file descriptors.", files);
    add(gauge, "os_fd_limit", "Limit of open file descriptors.", Some(files_max));

    let (received, sent) = network_bytes().unzip();
    add(counter, "process_network_receive_bytes_total", "Bytes received over the network.", received);
    add(counter, "process_network_transmit_bytes_total", "Bytes sent over the network.", sent);
    families
}

/// Open file descriptors.
pub fn open_files() -> Option<u64> {
    // The directory itself is open while it is counted.
    std::fs::read_dir("/proc/self/fd").ok().map(|files| files.count().saturating_sub(1) as u64)
}

/// Bytes of memory that are in RAM.
pub fn resident_bytes() -> Option<u64> {
    let pages = Stat::read()?.field(24)?;
    Some(pages as u64 * rustix::param::page_size() as u64)
}

fn family(kind: MetricType, name: &str, help: &str, value: f64) -> MetricFamily {
    let mut metric = Metric::default();
    if kind == MetricType::COUNTER {
        let mut counter = Counter::default();
        counter.set_value(value);
        metric.set_counter(counter);
    } else {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        metric.set_gauge(gauge);
    }
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(vec![metric]);
    family
}

/// `/proc/self/stat` behind the program's name, which may hold blanks.
struct Stat(String);

impl Stat {
    fn read() -> Option<Self> {
        let text = std::fs::read_to_string("/proc/self/stat").ok()?;
        text.rsplit_once(')').map(|(_, rest)| Self(rest.to_owned()))
    }

    /// By the numbers of proc(5): the first one here is 3.
    fn field(&self, number: usize) -> Option<f64> {
        self.0.split_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
    }
}

fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

fn boot_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// Received and sent, of all interfaces of the process's network namespace.
fn network_bytes() -> Option<(f64, f64)> {
    let text = std::fs::read_to_string("/proc/self/net/netstat").ok()?;
    let mut rows = text.lines().filter(|line| line.starts_with("IpExt:"));
    let (names, values) = (rows.next()?, rows.next()?);
    let find = |wanted: &str| {
        let mut pairs = names.split_whitespace().zip(values.split_whitespace());
        pairs.find(|(name, _)| *name == wanted)?.1.parse().ok()
    };
    Some((find("InOctets")?, find("OutOctets")?))
}
