//! The cost of a request: at most, and in fact.

use super::reply::Reply;
use crate::archive::ModelUsage;
use crate::editor::EditorSettings;

/// Tokens of an answer's frame, and of each text in it: a Japanese essay of 600 characters has about 700. Models that think
/// before they write need the same again and more.
const FRAME: u64 = 1500;
const TEXT: u64 = 500;

/// Returns the most that may be spent on one day.
pub(super) fn daily_limit(settings: &EditorSettings) -> ModelUsage {
    ModelUsage {
        requests: settings.requests_per_day,
        tokens: settings.tokens_per_day,
        cost: millionths(settings.cost_per_day),
    }
}

/// Returns the tokens that an answer with so many texts may have.
pub(super) fn answer_tokens(texts: usize) -> u64 {
    FRAME + TEXT * u64::try_from(texts).unwrap_or(u64::MAX / TEXT - FRAME)
}

/// Returns the most that a request can cost: no tokenizer makes more than a token of two bytes of such text.
pub(super) fn estimate(settings: &EditorSettings, question: usize, answer: u64) -> ModelUsage {
    let question = u64::try_from(question).unwrap_or(u64::MAX / 2) / 2;
    spent(settings, question, answer)
}

/// Returns the cost of a request that was answered; an estimate when the service does not count.
pub(super) fn actual(settings: &EditorSettings, question: usize, reply: &Reply) -> ModelUsage {
    let (question, answer) = reply.tokens.unwrap_or_else(|| {
        let third = |bytes: usize| u64::try_from(bytes / 3).unwrap_or(u64::MAX / 2);
        (third(question), third(reply.text.len()))
    });
    spent(settings, question, answer)
}

fn spent(settings: &EditorSettings, question: u64, answer: u64) -> ModelUsage {
    // A price per million tokens is millionths per token.
    #[allow(clippy::cast_precision_loss)] // Tokens are far below 2^52.
    let cost = question as f64 * settings.price.input + answer as f64 * settings.price.output;
    ModelUsage {
        requests: 1,
        tokens: question.saturating_add(answer),
        cost: whole(cost),
    }
}

fn millionths(amount: f64) -> u64 {
    whole(amount * 1e6)
}

/// Rounded up; what is no amount is nothing.
fn whole(number: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Casts saturate.
    let whole = number.ceil().max(0.0) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_per_million_tokens() {
        let settings: EditorSettings = serde_json::from_value(serde_json::json!({
            "kind": "llm", "cost_per_day": 0.5, "price": {"input": 0.15, "output": 0.6},
        }))
        .unwrap();
        assert_eq!(daily_limit(&settings).cost, 500_000);
        let reply = Reply {
            text: String::new(),
            tokens: Some((1_000_000, 500_000)),
        };
        let spent = actual(&settings, 0, &reply);
        assert_eq!((spent.tokens, spent.cost), (1_500_000, 450_000));
        let most = estimate(&settings, 4000, 1000);
        assert_eq!((most.tokens, most.cost), (3000, 900));
    }
}
