//! What the page of cards gives to Anki, and what `cargo workbook quiz --anki` gives.

use serde_json::Value;
use workbook::{
    quiz::{anki, bank},
    workspace::Workspace,
};

use crate::{book::Book, free_port, in_browser, serve};

#[test]
fn anki_is_given_the_same_by_the_page_and_in_the_terminal() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window
            .open(&format!("http://127.0.0.1:{port}/cards.html"))
            .await;
        window.sees(".wsp", "For Anki").await;
        // What would be downloaded is kept instead.
        window
            .js("URL.createObjectURL = (blob) => { blob.text().then((text) => { window.given = text; }); return '#'; };
                [...document.querySelectorAll('.wsp button')].find((e) => e.textContent === 'For Anki').click();")
            .await;
        window.until("window.given").await;
        let of_the_page = window.js("return window.given").await;
        let Value::String(of_the_page) = of_the_page else {
            panic!("{of_the_page}");
        };
        let workspace = Workspace::find(Some(&book.path("."))).unwrap();
        let questions = bank::read(&workspace).unwrap();
        let ours = anki::write(&questions.iter().collect::<Vec<_>>());
        for (page, ours) in of_the_page.lines().zip(ours.lines()) {
            assert_eq!(ours, page);
        }
        assert_eq!(ours, of_the_page);
        window.close().await;
    });
}
