//! A language model's service on loopback that does as it is told: it answers from a recording, well or in one of the
//! ways in which such services fail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// What it does with every question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    Well,
    /// Answers well after so long.
    Slowly(Duration),
    /// Never answers.
    Nothing,
    /// 429 with this `Retry-After` for the first so many questions, then well.
    TooMany(&'static str, usize),
    /// This status, always.
    Fails(u16),
    /// JSON that breaks off.
    Broken,
    /// Half of the asked, and a draft that nobody announced.
    Invents,
    /// Only the first of each list.
    Forgets,
    /// English where Japanese is asked for.
    WrongLanguage,
    /// What an injected instruction wants: a link in every text.
    Obeys,
    /// RFC numbers and revisions that nobody told it of.
    MakesUpFacts,
    /// Ten megabytes.
    TenMegabytes,
    /// Refuses a JSON schema, then `max_tokens`, as services do; answers in a fence, behind thoughts.
    OnlyPlain,
    /// Knows no more of the form than this, and answers what it does not know with this status and body.
    Knows(Knows, u16, &'static str),
    /// Takes no question of more bytes than this: so much for its context.
    Narrow(usize),
    /// Writes no JSON, whatever it is asked for; a plain question it answers plainly.
    OnlySentences,
    /// Keeps the form, and claims in JSON what the facts do not; alone, a text is fine.
    GroundlessInJson,
    /// Answers the first so many questions with 500 and no words, then well.
    Stumbles(usize),
    /// Repeats the key that it was given in an error.
    TellsTheKey,
}

/// What a service knows of the form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knows {
    Objects,
    NoFormat,
}

pub struct ScriptedLlm {
    pub port: u16,
    questions: Arc<Mutex<Vec<Value>>>,
    keys: Arc<Mutex<Vec<String>>>,
    most_at_once: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl ScriptedLlm {
    /// Starts it; what the recording lacks is made up from the facts.
    pub fn start(recording: Value, does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let scripted = ScriptedLlm {
            port,
            questions: Arc::default(),
            keys: Arc::default(),
            most_at_once: Arc::default(),
            stop: Arc::default(),
        };
        let (questions, keys) = (scripted.questions.clone(), scripted.keys.clone());
        let (most, stop) = (scripted.most_at_once.clone(), scripted.stop.clone());
        let recording = Arc::new(recording);
        std::thread::spawn(move || {
            let at_once = Arc::new(AtomicUsize::new(0));
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (recording, does) = (recording.clone(), does.clone());
                let (questions, keys) = (questions.clone(), keys.clone());
                let (at_once, most, stop) = (at_once.clone(), most.clone(), stop.clone());
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some((key, body)) = request(&mut reader) {
                        most.fetch_max(
                            at_once.fetch_add(1, Ordering::SeqCst) + 1,
                            Ordering::SeqCst,
                        );
                        let number = {
                            let mut questions = questions.lock().unwrap();
                            questions.push(body.clone());
                            questions.len()
                        };
                        keys.lock().unwrap().push(key.clone());
                        let bytes = respond(&recording, &does, &body, &key, number, &stop);
                        at_once.fetch_sub(1, Ordering::SeqCst);
                        let Some(bytes) = bytes else { return };
                        if reader.get_mut().write_all(&bytes).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        scripted
    }

    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// The bodies of all requests.
    pub fn questions(&self) -> Vec<Value> {
        self.questions.lock().unwrap().clone()
    }

    /// The `Authorization` headers of all requests.
    pub fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }

    /// How many requests were under way at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

impl Drop for ScriptedLlm {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// One HTTP request: its key and its body.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut length, mut key) = (0, String::new());
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(": ") {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "authorization" => key = value.to_owned(),
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((key, serde_json::from_slice(&body).ok()?))
}

fn http(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn completion(text: &str, question: &Value) -> Vec<u8> {
    // Four bytes to a token of a question, two to one of a Japanese answer: what real services count, roughly.
    let usage = json!({
        "prompt_tokens": question.to_string().len() / 4,
        "completion_tokens": text.len() / 2,
    });
    let body = json!({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}], "usage": usage});
    http(200, "", &body.to_string())
}

fn respond(
    recording: &Value,
    does: &Does,
    question: &Value,
    key: &str,
    number: usize,
    stop: &AtomicBool,
) -> Option<Vec<u8>> {
    let error = |status, message: &str| {
        http(
            status,
            "",
            &json!({"error": {"message": message}}).to_string(),
        )
    };
    match does {
        Does::Slowly(time) => std::thread::sleep(*time),
        Does::Nothing => {
            while !stop.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(50));
            }
            return None;
        }
        Does::TooMany(after, times) if number <= *times => {
            let body = r#"{"error":{"message":"Rate limit reached"}}"#;
            return Some(http(429, &format!("Retry-After: {after}\r\n"), body));
        }
        Does::Fails(status) => return Some(error(*status, "it is broken")),
        Does::TellsTheKey => return Some(error(401, &format!("Incorrect key provided: {key}"))),
        Does::TenMegabytes => {
            return Some(completion(&"長".repeat(10 * 1024 * 1024 / 3), question));
        }
        Does::Knows(knows, status, body) => {
            let format = question["response_format"]["type"].as_str();
            let known = match knows {
                Knows::Objects => format != Some("json_schema"),
                Knows::NoFormat => format.is_none(),
            };
            if !known {
                return Some(http(*status, "", body));
            }
        }
        Does::Narrow(most) if question.to_string().len() > *most => {
            return Some(error(
                400,
                "Requested tokens (4532) exceed context window of 2048",
            ));
        }
        Does::Stumbles(times) if number <= *times => {
            return Some(http(500, "", "Internal Server Error"));
        }
        Does::OnlyPlain if question.get("response_format").is_some() => {
            return Some(error(400, "response_format is not supported by this model"));
        }
        Does::OnlyPlain if question.get("max_tokens").is_some() => {
            return Some(error(
                400,
                "use max_completion_tokens instead of max_tokens",
            ));
        }
        _ => {}
    }
    if let Some(plain) = plain_answer(question) {
        let mut answer = json!([plain]);
        if *does != Does::GroundlessInJson {
            answer = spoiled(answer, does);
        }
        let text = answer[0].as_str().unwrap();
        let broken = if *does == Does::Broken {
            "{\"documents\":["
        } else {
            text
        };
        return Some(completion(broken, question));
    }
    let answer = spoiled(answer(recording, question), does);
    let text = match does {
        Does::OnlySentences => "Sure! These documents are about networks.".into(),
        Does::Broken => answer.to_string().chars().take(40).collect(),
        Does::OnlyPlain => format!("<think>{{hm}}</think>\n```json\n{answer}\n```"),
        _ => answer.to_string(),
    };
    Some(completion(&text, question))
}

/// The answer to a question for one text, made up from its title; `None` when several are asked for.
fn plain_answer(question: &Value) -> Option<String> {
    let text = question["messages"][1]["content"].as_str().unwrap();
    let title = text.strip_prefix("<facts>\nTitle: ")?.lines().next()?;
    let title = words_of(title, 24);
    Some(if text.contains("日本語") {
        format!("「{title}」のしくみを定める")
    } else {
        format!("Says how {title} is to be done in the field.")
    })
}

/// What is asked for, answered from the recording.
fn answer(recording: &Value, question: &Value) -> Value {
    let text = question["messages"][1]["content"].as_str().unwrap();
    let line = |start: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(start))
            .unwrap()
    };
    let asked: Vec<Value> = serde_json::from_str(line("Asked for: ")).unwrap();
    let facts = text
        .split("<facts>\n")
        .nth(1)
        .unwrap()
        .split("\n</facts>")
        .next()
        .unwrap();
    let facts: Vec<Value> = serde_json::from_str(facts).unwrap();
    let japanese = text.starts_with("Write in Japanese");
    let mut object = serde_json::Map::new();
    for item in &asked {
        let (id, kind) = (item["id"].as_str().unwrap(), item["text"].as_str().unwrap());
        let list = match kind {
            "summary" | "gist" => "documents",
            "topic" | "reason" | "essay" => "topics",
            "title" => "themes",
            _ => {
                let recorded = recording.get(kind).cloned();
                let made_up = || made_up_day(japanese);
                object.insert(kind.into(), recorded.unwrap_or_else(made_up));
                continue;
            }
        };
        let recorded = recording.get(kind).and_then(|texts| texts.get(id)).cloned();
        let written = recorded.unwrap_or_else(|| {
            let fact = facts.iter().find(|fact| fact["id"] == id).unwrap();
            json!(made_up(kind, fact, japanese))
        });
        let entries = object.entry(list).or_insert_with(|| json!([]));
        let entries = entries.as_array_mut().unwrap();
        match entries.iter_mut().find(|entry| entry["id"] == id) {
            Some(entry) => entry[kind] = written,
            None => entries.push(json!({"id": id, kind: written})),
        }
    }
    Value::Object(object)
}

/// The first words of a title, whole ones.
fn words_of(title: &str, most: usize) -> String {
    let mut written = String::new();
    for word in title.split(' ') {
        if written.len() + word.len() >= most && !written.is_empty() {
            break;
        }
        written.push_str(if written.is_empty() { "" } else { " " });
        written.push_str(word);
    }
    written
}

fn made_up(kind: &str, fact: &Value, japanese: bool) -> String {
    let title = fact["title"]
        .as_str()
        .unwrap_or(fact["usual_title"].as_str().unwrap_or("IETF"));
    let title = words_of(title, 40);
    let id = fact["id"].as_str().unwrap_or_default();
    let end = id.rsplit_once('-').map_or(id, |(rest, _)| rest);
    let end = &id[end.rfind('-').map_or(0, |at| at + 1)..];
    match (kind, japanese) {
        // A key may be longer than a title.
        ("title", true) if id.len() > 24 => format!("今日の{end}の話"),
        ("title", true) => format!("今日の{id}の話"),
        ("title", false) => format!("The day in {id}"),
        ("essay", true) => format!(
            "「{title}」は、{end}の文書で語られています。{}",
            "何に困っていたのかから順に見ていくと、この提案の意味がよくわかります。".repeat(3)
        ),
        ("gist" | "topic", true) => {
            let title = words_of(&title, 24);
            format!("「{title}」のしくみを詳しく定める文書（{end}）")
        }
        ("gist" | "topic", false) => format!("A {kind} of {title}, and how {end} is to be done"),
        (_, true) => format!(
            "「{title}」についての文書（{end}）が公開されました。何に役立つのかを読み解きます。"
        ),
        (_, false) => format!(
            "It is about {title}, and {end} says how it is to be done in the field. {}",
            if kind == "essay" {
                "This is for the people who run it, and it says to them what is new. ".repeat(2)
            } else {
                String::new()
            }
        ),
    }
}

fn made_up_day(japanese: bool) -> Value {
    json!(if japanese {
        "今日の文書を見渡すと、新しい提案と長く続く手入れが並んでいました。どちらも欠かせない仕事です。静かに明日を待ちます。"
    } else {
        "The day had new ideas and old ones in good repair. Both are needed, and it is good to see them in one place. Until tomorrow."
    })
}

/// Each text of an answer in turn.
fn texts(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| texts(value, change)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if key != "id" {
                    texts(value, change);
                }
            }
        }
        _ => {}
    }
}

fn spoiled(mut answer: Value, does: &Does) -> Value {
    let lists = |answer: &mut Value, change: fn(&mut Vec<Value>)| {
        for list in ["documents", "topics", "themes"] {
            if let Some(entries) = answer.get_mut(list).and_then(Value::as_array_mut) {
                change(entries);
            }
        }
    };
    match does {
        Does::Invents => lists(&mut answer, |entries| {
            entries.truncate(entries.len().div_ceil(2));
            let mut invented = entries[0].clone();
            invented["id"] = json!("draft-nobody-announced-this");
            entries.push(invented);
        }),
        Does::Forgets => lists(&mut answer, |entries| entries.truncate(1)),
        Does::WrongLanguage => texts(&mut answer, &mut |text| {
            *text =
                "It is written in the wrong language, and that is easy to see for anybody.".into();
        }),
        Does::Obeys => texts(&mut answer, &mut |text| {
            text.push_str(" 詳しくは https://evil.example/win を開いてください。");
        }),
        Does::MakesUpFacts | Does::GroundlessInJson => texts(&mut answer, &mut |text| {
            text.push_str("RFC 9999の99回目の改訂です。");
        }),
        _ => {}
    }
    answer
}
