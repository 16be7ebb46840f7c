use super::*;

#[tokio::test]
async fn a_reader_who_left_while_an_attempt_was_begun_and_not_made_gets_nothing() {
    let (archive, key) = keyed().await;
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();
    let due = archive.due_deliveries(at(NOW)).await.unwrap();
    let numbers: Vec<i64> = due.iter().map(|one| one.id).collect();
    let begun = archive.begin_attempts(numbers.clone(), at(NOW)).await;
    assert_eq!(begun.unwrap(), numbers);
    let token = leave_token(&key, "daily", A, 0);
    come(&archive, vec![request(1, A, &token)], NOW).await;
    judged(&archive).await;
    let taken_back = archive.take_back_attempts(due.clone(), at(NOW)).await;
    taken_back.unwrap();
    judged(&archive).await;
    let begun = archive.begin_attempts(numbers, at(NOW)).await.unwrap();
    let of_b = due.iter().find(|one| one.recipient == B).unwrap();
    assert_eq!(begun, [of_b.id]);
}
