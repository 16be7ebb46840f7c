//! What stands at the top of the model day: the sentence, and the headlines in the titles' words.

use super::*;

#[test]
fn the_model_days_headlines_and_its_sentence() {
    let lead = |language| {
        let edited = edited(&model_day(), language, Watch::default());
        let headline = |topic: &nikkan::digest::HotTopic| {
            let texts = topic.headline.iter().map(|part| part.text.as_str());
            texts.collect::<String>()
        };
        let headlines: Vec<String> = edited.digest.hot_topics.iter().map(headline).collect();
        (headlines, edited.words.sentence)
    };
    let (headlines, sentence) = lead(Language::En);
    assert_eq!(
        headlines,
        [
            "Requirements for Agent Gateway, and Enhanced A2A Requirements for Agents Collobration in Enterprise",
            "CLIENTID: Client Identity for SMTP and IMAP",
            "SOUTH: Stochastic Authorization for Agent and Service Requests",
        ]
    );
    let said = "Both first versions have agents in their titles.";
    assert_eq!(sentence.as_deref(), Some(said));
    let (headlines, sentence) = lead(Language::Ja);
    assert!(headlines[1].starts_with("CLIENTID："), "{headlines:?}");
    assert!(headlines[2].starts_with("SOUTH"), "{headlines:?}");
    assert!(sentence.is_some_and(|sentence| sentence.contains("「エージェント」")));
}

#[test]
fn every_document_of_a_topic_is_led_to() {
    let edited = edited(&model_day(), Language::En, Watch::default());
    for topic in &edited.digest.hot_topics {
        let linked: Vec<&String> = (topic.headline.iter())
            .filter_map(|part| part.document.as_ref())
            .collect();
        let all: Vec<&String> = std::iter::once(&topic.document)
            .chain(&topic.with)
            .collect();
        assert_eq!(linked, all);
    }
}
