//! The viewer: pages, media and a small API, for everyone who may see what they ask for.
//!
//! Who is not signed in is the public. A thing that is closed to the viewer answers exactly like one that does not exist.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, head, post};
use kho_archive::Archive;

mod answers;
mod api;
mod app;
mod assets;
mod cite;
mod compare;
mod compress;
mod cut;
mod desk;
mod error;
mod folders;
mod guard;
mod home;
mod iiif;
mod in_words;
mod ingests;
mod kiosk;
mod limit;
mod links;
mod media;
mod multipart;
mod oembed;
mod page;
mod portrait;
mod record;
mod related;
mod search;
mod session;
mod set;
mod sitemap;
pub(crate) mod texts;
mod theme;
mod visitor;
mod ways;
mod zoom;

use app::App;
use error::WebError;

use crate::out;

/// How often the journal is looked at for commits of other processes. Access needs no such wait: it is
/// looked up anew for each request.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// What is typed into a form is never longer than this.
const LONGEST_FORM: usize = 256 << 10;

/// What pages of other sites may read, such as a viewer for manifests. Browsers send no cookies for such a reading: it is the
/// public's.
const OPEN_TO_SITES: [&str; 6] = ["/iiif/", "/media/", "/derived/", "/r/", "/api/", "/oembed"];

/// Serves the viewer of an archive until the process is stopped.
pub(crate) fn serve(archive: Archive, listen: &str) -> anyhow::Result<()> {
    let app = Arc::new(App::new(archive)?);
    ingests::resume(&app)?;
    let watcher = Arc::clone(&app);
    thread::Builder::new().name("followers".to_owned()).spawn(move || watch(&watcher))?;
    let copier = Arc::clone(&app);
    thread::Builder::new().name("copies".to_owned()).spawn(move || make_copies(&copier))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("Failed to listen on {listen}"))?;
        let address = listener.local_addr()?;
        // Programs that start the viewer wait for this line.
        writeln!(io::stdout(), "listening on http://{address}").and_then(|()| io::stdout().flush())?;
        offer_first_run(&app, address)?;
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(stop_signal()).await?;
        Ok(())
    })
}

/// Tells whoever started the viewer how to make the first archivist, if there is none.
fn offer_first_run(app: &App, address: SocketAddr) -> anyhow::Result<()> {
    let Some(token) = app.offer_first_run()? else { return Ok(()) };
    // A viewer that listens on every address is reached on this machine by one of them.
    let host = if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address };
    out::note("No archivist has an account yet. This address makes the first one; it works once, while this viewer runs:");
    out::note(format_args!("http://{host}/desk/first-run?token={token}"));
    Ok(())
}

/// All addresses, in one list.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/search", get(search::search))
        .route("/browse/{kind}", get(search::browse))
        .route("/wall", get(ways::wall::show))
        .route("/places", get(ways::places::show))
        .route("/time", get(ways::time::show))
        .route("/r/{id}", get(record::show))
        .route("/r/{id}/steps/{step}", get(record::steps::show))
        .route("/set", get(set::show))
        .route("/set.csv", get(set::csv))
        .route("/set.pdf", get(set::print::pdf))
        .route("/r/{id}/cite", get(cut::cite))
        .route("/r/{id}/cut", get(cut::show))
        .route("/r/{id}/embed", get(cut::embed))
        .route("/compare", get(compare::show))
        .route("/kiosk", get(kiosk::show))
        .route("/kiosk/browse/{property}", get(kiosk::lists::browse))
        .route("/kiosk/list", get(kiosk::lists::list))
        .route("/kiosk/search", get(kiosk::typing::show))
        .route("/kiosk/suggest", get(kiosk::typing::suggest))
        .route("/kiosk/r/{id}", get(kiosk::record_page::show))
        .route("/kiosk/r/{id}/steps/{step}", get(kiosk::record_page::step))
        .route("/kiosk/", any(kiosk::nowhere))
        .route("/kiosk/{*rest}", any(kiosk::nowhere))
        .route("/media/{digest}", get(media::original))
        .route("/media/{digest}/{name}", get(media::original_with_name))
        .route("/derived/{digest}/{recipe}", get(media::derived))
        .route("/iiif/discovery/1/activities", get(iiif::discovery::all))
        .route("/iiif/discovery/1/activities/{page}", get(iiif::discovery::page))
        .route("/iiif/presentation/3/collections", get(iiif::collection::top))
        .route("/iiif/presentation/3/collections/set", get(iiif::collection::set))
        .route("/iiif/presentation/3/collections/{kind}", get(iiif::collection::kind))
        .route("/iiif/presentation/3/{id}/collection", get(iiif::collection::show))
        .route("/iiif/presentation/3/{id}/manifest", get(iiif::presentation::manifest))
        .route("/iiif/search/2/{id}", get(iiif::search::show))
        .route("/iiif/search/2/{id}/autocomplete", get(iiif::search::autocomplete))
        .route("/oembed", get(oembed::show))
        .route("/sitemap.xml", get(sitemap::show))
        .route("/robots.txt", get(sitemap::robots))
        .route("/api/openapi.json", get(api::description))
        .route("/iiif/{version}/{digest}", get(iiif::image::base))
        .route("/iiif/{version}/{digest}/{*asked}", get(iiif::image::show))
        .route("/api/search", get(api::search))
        .route("/api/suggest", get(api::suggest))
        .route("/api/records/{id}", get(api::record))
        .route("/desk", get(desk::show))
        .route("/desk/sign-in", get(desk::sign_in::show).post(desk::sign_in::sign_in))
        .route("/desk/sign-out", post(desk::sign_in::sign_out).get(desk::nowhere))
        .route("/desk/first-run", get(desk::first_run::show).post(desk::first_run::make))
        .route("/desk/password", get(desk::password::show).post(desk::password::set))
        .route("/desk/users", get(desk::users::show))
        .route("/desk/users/add", post(desk::users::add).get(desk::nowhere))
        .route("/desk/users/disable", post(desk::users::disable).get(desk::nowhere))
        .route("/desk/users/enable", post(desk::users::enable).get(desk::nowhere))
        .route("/desk/users/link", post(desk::users::link).get(desk::nowhere))
        .route("/desk/copies", get(desk::copies::fragment))
        .route("/desk/audit", get(desk::audit::show))
        .route("/desk/inbox", get(desk::inbox::show))
        .route("/desk/batch", post(desk::inbox::change).get(desk::nowhere))
        .route("/desk/merge", get(desk::merge::show).post(desk::merge::merge))
        .route("/desk/undo", post(desk::inbox::undo).get(desk::nowhere))
        .route("/desk/describe/{id}", get(desk::describe::show).post(desk::describe::save))
        .route("/desk/clip/{id}", get(desk::clip::show).post(desk::clip::attach))
        .route("/desk/new/{kind}", get(desk::describe::show_new).post(desk::describe::make))
        .route("/desk/transcripts/{id}", transcripts())
        .route("/desk/transcribe/{id}", post(desk::transcript::begin).get(desk::nowhere))
        .route("/desk/history/{id}", get(desk::history::show))
        .route("/desk/restore", post(desk::history::restore).get(desk::nowhere))
        .route("/desk/lookup", get(desk::lookup::show))
        .route("/desk/upload", get(desk::upload::list).post(desk::upload::begin))
        .route("/desk/upload/{id}", uploads())
        .route("/desk/upload/{id}/finish", post(desk::upload::finish).get(desk::nowhere))
        .route("/desk/upload/{id}/remove", post(desk::upload::remove).get(desk::nowhere))
        .route("/desk/upload/{id}/discard", post(desk::upload::discard).get(desk::nowhere))
        .route("/desk/upload/{id}/files", post(desk::upload::tus::create).options(desk::upload::tus::options).get(desk::nowhere))
        .route("/desk/upload/{id}/files/{file}", pieces())
        .route("/desk/ingests", get(desk::upload::fragment))
        // The one form that is large: it measures its body itself.
        .route("/desk/import", get(desk::import::show).post(desk::import::upload).layer(DefaultBodyLimit::disable()))
        .route("/desk/import/run", post(desk::import::run).get(desk::nowhere))
        .route("/desk/{*rest}", any(desk::nowhere))
        .route("/assets/{*path}", get(assets::show))
        .route("/healthz", get(healthz))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), follow_first))
        .layer(middleware::from_fn(compress::pages))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), visitor::identify))
        .layer(middleware::from_fn(theme::remember))
        .layer(middleware::from_fn(secure))
        .with_state(app)
}

/// The words of an interview are longer than any other form.
fn transcripts() -> MethodRouter<Arc<App>> {
    get(desk::transcript::show).post(desk::transcript::save).layer(DefaultBodyLimit::max(desk::transcript::LONGEST))
}

/// Files are as long as they are; what is taken of them is limited where they are written.
fn uploads() -> MethodRouter<Arc<App>> {
    get(desk::upload::show).post(desk::upload::take).layer(DefaultBodyLimit::disable())
}

/// The pieces of a file, by the methods of tus.
fn pieces() -> MethodRouter<Arc<App>> {
    use desk::upload::tus;
    head(tus::state).patch(tus::send).delete(tus::give_up).options(tus::options).get(desk::nowhere)
}

/// Lets the catalogue catch up before anything is answered: a withdrawal by another process is felt by the
/// next request.
async fn follow_first(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, WebError> {
    // Tiles come by the hundred: there it is part of the one step in which they are looked up.
    if !iiif::image::catches_up_itself(request.uri().path()) {
        app.run(App::catch_up).await?;
    }
    Ok(next.run(request).await)
}

/// What every answer says to the browser: our own resources only, no guessing of types, no framing.
async fn secure(request: Request, next: Next) -> Response {
    let is_for_other_sites = OPEN_TO_SITES.iter().any(|beginning| request.uri().path().starts_with(beginning));
    let is_preflight = is_for_other_sites && request.method() == Method::OPTIONS;
    let mut response = if is_preflight { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    let policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if is_for_other_sites {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// What browsers ask before a page of another site reads something of ours in an unusual way.
fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept, If-None-Match, Range"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

async fn not_found(page: page::Reader) -> WebError {
    WebError::not_found(page)
}

async fn healthz() -> &'static str {
    "ok\n"
}

/// Keeps readings, index and thumbnails up to date, whoever committed.
fn watch(app: &App) {
    loop {
        if let Err(error) = app.follow() {
            tracing::error!("the followers cannot catch up: {error:#}");
        }
        thread::sleep(WATCH_EVERY);
    }
}

/// Makes copies of films that browsers do not play, while nothing comes in.
fn make_copies(app: &App) {
    loop {
        let is_more = !app.ingests.is_any_running()
            && app.copies.tend(&app.archive).unwrap_or_else(|error| {
                tracing::error!("access copies cannot be made: {error:#}");
                false
            });
        if !is_more {
            thread::sleep(WATCH_EVERY);
        }
    }
}

async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    let _ = interrupted.await;
}
