//! Somebody with a browser, an account and a password.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::kho::{Answer, Kho, Server};

/// The password of everyone in these tests.
pub(crate) const PASSWORD: &str = "tơ tằm làng Nha Xá";

/// Names and values.
pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Somebody with a browser: keeps cookies, and sends the forms of pages.
pub(crate) struct Person<'a> {
    server: &'a Server,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Person<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// Somebody who signed in.
    pub(crate) fn signed_in(server: &'a Server, name: &str) -> Self {
        let mut person = Self::new(server);
        let answer = person.sign_in(name, PASSWORD);
        assert_eq!(answer.status, 303, "{}", answer.text());
        person
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&mut self, path: &str, headers: Pairs<'_>) -> Answer {
        let cookies = self.cookie_header();
        let answer = self.server.ask("GET", path, &[&[("Cookie", &*cookies)], headers].concat());
        self.remember(answer)
    }

    /// Sends fields as a browser sends the form of one of our own pages.
    pub(crate) fn post(&mut self, path: &str, fields: Pairs<'_>) -> Answer {
        let origin = format!("http://{}", self.server.address());
        self.post_from(path, fields, &[("Origin", &origin)])
    }

    pub(crate) fn post_from(&mut self, path: &str, fields: Pairs<'_>, headers: Pairs<'_>) -> Answer {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let body = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
        let (length, cookies) = (body.len().to_string(), self.cookie_header());
        let own = [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", &*length), ("Cookie", &*cookies)];
        let answer = self.server.send("POST", path, &[&own, headers].concat(), &body);
        self.remember(answer)
    }

    /// Sends a body of another form, as one of our own pages does.
    pub(crate) fn send(&mut self, path: &str, content_type: &str, body: &str) -> Answer {
        let origin = format!("http://{}", self.server.address());
        let (length, cookies) = (body.len().to_string(), self.cookie_header());
        let headers = [("Content-Type", content_type), ("Content-Length", &*length), ("Cookie", &*cookies), ("Origin", &*origin)];
        let answer = self.server.send("POST", path, &headers, body);
        self.remember(answer)
    }

    /// Opens a page, fills in its form for `action`, and sends it.
    pub(crate) fn fill(&mut self, page: &str, action: &str, fields: Pairs<'_>) -> Answer {
        let hidden = hidden_fields(&self.get(page).text(), action);
        let hidden: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let typed = hidden.into_iter().filter(|(name, _)| fields.iter().all(|(typed, _)| typed != name)).chain(fields.iter().copied());
        self.post(action, &typed.collect::<Vec<_>>())
    }

    pub(crate) fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.fill("/desk/sign-in", "/desk/sign-in", &[("name", name), ("password", password)])
    }

    pub(crate) fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn remember(&mut self, answer: Answer) -> Answer {
        for cookie in &answer.cookies {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() { drop(self.cookies.remove(name)) } else { drop(self.cookies.insert(name.to_owned(), value.to_owned())) }
        }
        answer
    }
}

/// The hidden fields of the form of a page that is sent to `action`.
pub(crate) fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let form =
        page.split(&format!("<form action=\"{action}\"")).nth(1).or_else(|| page.split(&format!("action=\"{action}\" method=\"post\"")).nth(1));
    let form = form.unwrap_or_else(|| panic!("no form for {action} on {page}")).split("</form>").next().unwrap();
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&"))
    });
    hidden.collect()
}

/// Everything that a browser sends of a form as it stands: hidden fields, lines, areas and chosen options.
pub(crate) fn whole_form(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page.split("<form").find(|form| form.split('>').next().is_some_and(|tag| tag.contains(&format!("action=\"{action}\""))));
    let form = form.unwrap_or_else(|| panic!("no form for {action}")).split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(plain(rest.split('"').next().unwrap()))
    };
    let mut sent = Vec::new();
    for piece in form.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
        let name = attribute(tag, "name");
        if tag.starts_with("textarea") {
            // The first line break after the tag belongs to the tag.
            sent.extend(name.map(|name| (name, plain(after.strip_prefix('\n').unwrap_or(after)))));
        } else if tag.starts_with("select") {
            let whole = &form[form.find(piece).unwrap()..];
            let options = whole.split("</select>").next().unwrap();
            let chosen = options.split("<option").skip(1).find(|option| option.split('>').next().is_some_and(|tag| tag.contains(" selected")));
            let chosen = chosen.or_else(|| options.split("<option").nth(1)).and_then(|option| attribute(option.split('>').next().unwrap(), "value"));
            sent.extend(name.zip(chosen));
        } else if tag.starts_with("input") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let is_sent = match kind.as_str() {
                "checkbox" | "radio" => tag.contains(" checked"),
                "submit" | "file" | "button" => false,
                _ => true,
            };
            sent.extend(name.filter(|_| is_sent).map(|name| (name, attribute(tag, "value").unwrap_or_default())));
        }
    }
    sent
}

fn plain(text: &str) -> String {
    let named = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    named.iter().fold(text.to_owned(), |text, (name, letter)| text.replace(name, letter))
}

/// Adds an account with the password of these tests.
pub(crate) fn add(kho: &Kho, name: &str, options: &[&str]) {
    let output = kho.run_typing([&["user", "add", name][..], options].concat(), PASSWORD);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
