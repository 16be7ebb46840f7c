use super::*;

#[tokio::test]
async fn a_flood_of_tokens_keeps_nobody_waiting() {
    let (archive, key) = keyed().await;
    let mut flood: Vec<_> = (0..1000)
        .map(|number| request(number, A, &format!("{number:024x}")))
        .collect();
    flood.push(request(1000, A, &leave_token(&key, "daily", A, 0)));
    come(&archive, flood, NOW).await;
    // All have the same instant, so that any of them may be the last.
    let judged = judged(&archive).await;
    assert_eq!((judged.left, judged.refused), (1, 1000));
}
