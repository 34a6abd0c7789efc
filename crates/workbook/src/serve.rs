//! The server of the book: this machine only, files only.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context, Result, anyhow};
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{self, HeaderName},
    },
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tokio::{
    net::TcpListener,
    sync::{OwnedRwLockWriteGuard, RwLock},
};
use tower_http::services::ServeDir;

/// The port of the book. An exercise NN serves on 30NN, so 3001 to 3099 are taken in this workbook.
pub const PORT: u16 = 3000;
const FURTHER_PORTS: std::ops::Range<u16> = 3100..3200;

/// Where the server listens.
#[derive(Debug)]
pub struct Place {
    /// The listener, not yet used.
    pub listener: TcpListener,
    /// Its port.
    pub port: u16,
}

/// Listens on the port that was asked for, or on a free one.
pub async fn listen(asked: Option<u16>) -> Result<Place> {
    if let Some(port) = asked {
        return match bind(port).await {
            Ok(place) => Ok(place),
            Err(e) if e.kind() == io::ErrorKind::AddrInUse => Err(anyhow!(
                "port {port} is in use by another program: end that, name another with --port, or leave --port out and a free one is taken"
            )),
            Err(e) => Err(e).with_context(|| format!("could not listen on 127.0.0.1:{port}")),
        };
    }
    for port in std::iter::once(PORT).chain(FURTHER_PORTS) {
        match bind(port).await {
            // Windows reserves ranges of ports, and then says that permission is denied.
            Err(e)
                if [io::ErrorKind::AddrInUse, io::ErrorKind::PermissionDenied]
                    .contains(&e.kind()) => {}
            other => return other.with_context(|| format!("could not listen on 127.0.0.1:{port}")),
        }
    }
    Err(anyhow!(
        "port {PORT} and all of {} to {} are in use: name a free one with --port",
        FURTHER_PORTS.start,
        FURTHER_PORTS.end - 1
    ))
}

async fn bind(port: u16) -> io::Result<Place> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = listener.local_addr()?.port();
    Ok(Place { listener, port })
}

/// The pages that are served.
///
/// A build empties the folder before it fills it, so a request waits for the end of a build.
#[derive(Debug, Clone)]
pub struct Site {
    dir: PathBuf,
    state: Arc<RwLock<Pages>>,
}

/// What there is to serve.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The page for an address that has none.
    pub not_found: Option<PathBuf>,
    /// Why there is no book.
    pub broken: Option<String>,
}

impl Site {
    /// Serves what lies in `dir`.
    pub fn new(dir: PathBuf) -> Site {
        Site {
            dir,
            state: Arc::default(),
        }
    }

    /// Makes requests wait until the guard is gone.
    pub async fn hold(&self) -> OwnedRwLockWriteGuard<Pages> {
        Arc::clone(&self.state).write_owned().await
    }

    /// Whether somebody, `cargo clean` perhaps, took the pages away.
    pub fn is_gone(&self) -> bool {
        !self.dir.join("index.html").is_file()
    }
}

/// Serves the site, and the routes in `live`, to pages of our own only.
pub fn router(site: Site, live: Router, port: u16) -> Router {
    let files = ServeDir::new(&site.dir).fallback(get(not_found));
    let pages = Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn_with_state(site, wait_for_build));
    live.fallback_service(pages)
        .layer(middleware::from_fn_with_state(port, only_ours))
}

/// Answers when there is no such page, with the book's own words where it has some.
async fn not_found(Extension(pages): Extension<Pages>) -> Response {
    if let Some(broken) = pages.broken {
        let text = format!(
            "The book could not be built.\n\n{broken}\n\nSave the file when it is mended, and load this page again.\n"
        );
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    let page = match pages.not_found {
        Some(page) => tokio::fs::read_to_string(page).await.ok(),
        None => None,
    };
    match page {
        Some(page) => (StatusCode::NOT_FOUND, Html(page)).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "There is no such page in the book.\n",
        )
            .into_response(),
    }
}

async fn wait_for_build(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let pages = site.state.read().await;
    request.extensions_mut().insert(pages.clone());
    // The file is open when this returns; what is sent of it afterwards no build can take away.
    let mut response = next.run(request).await;
    drop(pages);
    // A page changes at every save, and it is a short way to ask whether it did.
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// Refuses what does not come from this book, whatever it asks for.
///
/// Any page on the internet may give its own host name the address 127.0.0.1 (DNS rebinding), and may open
/// sockets and send simple requests across sites; it cannot choose the `Host` and `Origin` that its browser sends.
async fn only_ours(State(port): State<u16>, request: Request, next: Next) -> Response {
    if let Err(reason) = check_source(request.uri(), request.headers(), port) {
        return (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in GUARDS {
        response.headers_mut().insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

/// What keeps other sites from showing or reading our pages.
const GUARDS: [(&str, &str); 3] = [
    ("content-security-policy", "frame-ancestors 'self'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
];

fn check_source(uri: &Uri, headers: &HeaderMap, port: u16) -> Result<(), String> {
    let refused = || {
        format!(
            "Refused: this server answers to http://127.0.0.1:{port} and http://localhost:{port} only."
        )
    };
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|h| h.to_str().ok());
    if !host.is_some_and(|host| is_our_host(host, port)) || hosts.next().is_some() {
        return Err(refused());
    }
    // An absolute target outranks `Host` (RFC 9112 section 3.2.2).
    if uri
        .authority()
        .is_some_and(|a| !is_our_host(a.as_str(), port))
    {
        return Err(refused());
    }
    for origin in headers.get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        if !origin
            .strip_prefix("http://")
            .is_some_and(|host| is_our_host(host, port))
        {
            return Err("Refused: a page of another site has no business here.".to_owned());
        }
    }
    Ok(())
}

fn is_our_host(host: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|ours| {
        host.get(..ours.len())
            .filter(|name| name.eq_ignore_ascii_case(ours))
            .and_then(|name| host.strip_prefix(name))
            .is_some_and(|rest| {
                rest.strip_prefix(':') == Some(port.to_string().as_str())
                    || (rest.is_empty() && port == 80)
            })
    })
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Method};
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn only_our_own_names_with_our_own_port_are_ours() {
        for ours in [
            "127.0.0.1:3000",
            "localhost:3000",
            "LocalHost:3000",
            "[::1]:3000",
        ] {
            assert!(is_our_host(ours, 3000), "{ours}");
        }
        let others = [
            "",
            "127.0.0.1",
            "localhost",
            "localhost:3001",
            "localhost:30000",
            "localhost.evil.com:3000",
            "evil.com:3000",
            "evil.localhost:3000",
            "127.0.0.1.nip.io:3000",
            "localhost:3000@evil.com",
            "é",
            "127.0.0.1:03000",
            "0.0.0.0:3000",
            "localhost:3000,evil.com",
        ];
        for other in others {
            assert!(!is_our_host(other, 3000), "{other}");
        }
        assert!(is_our_host("localhost", 80));
    }

    async fn ask(request: axum::http::request::Builder) -> (StatusCode, String, HeaderMap) {
        let dir = tempfile::tempdir().unwrap();
        let pages = dir.path().join("book");
        std::fs::create_dir(&pages).unwrap();
        std::fs::write(pages.join("index.html"), "the book").unwrap();
        std::fs::write(pages.join("404.html"), "no such page").unwrap();
        std::fs::write(dir.path().join("secret.txt"), "secret").unwrap();
        let site = Site::new(pages.clone());
        site.hold().await.not_found = Some(pages.join("404.html"));
        let live = Router::new().route("/live", get(|| async { "live" }));
        let request = request.body(Body::empty()).unwrap();
        let response = router(site, live, 3000).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (
            parts.status,
            String::from_utf8(body.to_vec()).unwrap(),
            parts.headers,
        )
    }

    fn to(path: &str) -> axum::http::request::Builder {
        axum::http::Request::builder()
            .uri(path)
            .header("host", "127.0.0.1:3000")
    }

    #[tokio::test]
    async fn a_page_is_served_with_its_guards() {
        let (status, body, headers) = ask(to("/")).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "the book"));
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(ask(to("/live")).await.1, "live");
    }

    #[tokio::test]
    async fn an_unknown_address_gets_the_page_of_the_book_for_it() {
        let (status, body, _) = ask(to("/nowhere/at/all")).await;
        assert_eq!(
            (status, body.as_str()),
            (StatusCode::NOT_FOUND, "no such page")
        );
    }

    #[tokio::test]
    async fn another_host_is_refused_everything() {
        for path in ["/", "/live", "/nowhere"] {
            let request = axum::http::Request::builder()
                .uri(path)
                .header("host", "evil.com:3000");
            assert_eq!(ask(request).await.0, StatusCode::FORBIDDEN, "{path}");
        }
        let without = axum::http::Request::builder().uri("/");
        assert_eq!(ask(without).await.0, StatusCode::FORBIDDEN);
        let both = to("/").header("host", "evil.com:3000");
        assert_eq!(ask(both).await.0, StatusCode::FORBIDDEN);
        let absolute = to("http://evil.com:3000/");
        assert_eq!(ask(absolute).await.0, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_page_of_another_site_is_refused() {
        for origin in [
            "http://evil.com",
            "null",
            "https://127.0.0.1:3000",
            "http://localhost:8000",
        ] {
            let (status, body, _) = ask(to("/live").header("origin", origin)).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{origin}");
            assert!(body.starts_with("Refused: "), "{body}");
        }
        let ours = to("/live").header("origin", "http://localhost:3000");
        assert_eq!(ask(ours).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn files_are_read_and_nothing_else_is_done_with_them() {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let (status, ..) = ask(to("/index.html").method(method)).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        }
        assert_eq!(ask(to("/index.html").method(Method::HEAD)).await.1, "");
    }

    #[tokio::test]
    async fn no_path_leaves_the_book() {
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/..%5csecret.txt",
            "/x/../../secret.txt",
            "//secret.txt",
            "/%00",
            "/C:/secret.txt",
        ] {
            let (status, body, _) = ask(to(path)).await;
            assert_ne!(status, StatusCode::OK, "{path}");
            assert!(!body.contains("secret"), "{path}");
        }
    }
}
