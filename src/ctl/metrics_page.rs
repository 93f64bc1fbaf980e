//! Figures of a server, from its page of metrics.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

use super::global::Context;
use crate::client::Client;

/// How long the page may take.
const PATIENCE: Duration = Duration::from_secs(10);
const RESIDENT_MEMORY: &str = "process_resident_memory_bytes";

/// Why the page says nothing.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// No page came in time, or a broken one.
    #[error("no metrics from {0}")]
    NoPage(String),
    /// The page does not have the figure.
    #[error("{0} is not among the metrics")]
    NoFigure(&'static str),
}

/// The memory of the server behind the first endpoint, in bytes.
///
/// # Errors
/// The page cannot be read, or does not tell.
pub async fn resident_memory_bytes(context: &Context, client: &Client) -> Result<f64, PageError> {
    let endpoint = client.endpoints().into_iter().next().unwrap_or_default();
    let page = read(context, &endpoint).await?;
    figure(&page.0, RESIDENT_MEMORY).ok_or(PageError::NoFigure(RESIDENT_MEMORY))
}

/// A page of metrics.
pub struct Page(String);

impl Page {
    /// The sum of a metric over all its labels; 0 if it is not there.
    pub fn sum(&self, name: &str) -> f64 {
        let value = |line: &str| {
            let rest = line.strip_prefix(name)?;
            let value = match rest.strip_prefix('{') {
                Some(labels) => labels.rsplit_once('}')?.1,
                None => rest.strip_prefix(' ')?,
            };
            value.trim().parse::<f64>().ok()
        };
        self.0.lines().filter_map(value).sum()
    }
}

/// Reads the page of a server.
///
/// # Errors
/// It does not come, or not in time.
pub async fn read(context: &Context, endpoint: &str) -> Result<Page, PageError> {
    match timeout(PATIENCE, fetch(context, endpoint)).await {
        Ok(Some(page)) => Ok(Page(page)),
        Ok(None) | Err(_) => Err(PageError::NoPage(endpoint.to_owned())),
    }
}

/// Asks over TLS if the endpoint says so.
async fn fetch(context: &Context, endpoint: &str) -> Option<String> {
    let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).trim_end_matches('/');
    let socket = TcpStream::connect(authority).await.ok()?;
    if !endpoint.starts_with("https://") {
        return get_page(socket, authority).await;
    }
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let tls = context.tls().unwrap_or_default().wrap(socket, host, b"http/1.1").await.ok()?;
    get_page(tls, authority).await
}

async fn get_page(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, authority: &str) -> Option<String> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let request = Request::get("/metrics").header("host", authority).body(Empty::<bytes::Bytes>::new()).ok()?;
    let body = sender.send_request(request).await.ok()?.into_body().collect().await.ok()?;
    String::from_utf8(body.to_bytes().to_vec()).ok()
}

/// The value of a metric without labels.
fn figure(page: &str, name: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_add_up() {
        let page = Page("a_total{x=\"1\"} 2\na_total{x=\"}\"} 3e1\na_total_b 5\nb 7\n".into());
        assert_eq!([page.sum("a_total"), page.sum("b"), page.sum("c")], [32.0, 7.0, 0.0]);
    }

    #[test]
    fn a_figure_stands_after_its_whole_name() {
        let page = "# HELP process_resident_memory_bytes x\nprocess_resident_memory_bytes_max 1\n\
                    process_resident_memory_bytes 2.4821760e+07\n";
        assert_eq!(figure(page, RESIDENT_MEMORY), Some(24_821_760.0));
        assert_eq!(figure(page, "process_open_fds"), None);
    }
}
