open Checking

let () =
  test "peak" @@ fun () ->
  let peak = Entry.Peak.create () in
  equal "nothing sent" int ~expected:0 (Entry.Peak.peak peak);
  Entry.Peak.receiving peak;
  Entry.Peak.sent peak;
  equal "a receiver was there first" int ~expected:0 (Entry.Peak.peak peak);
  Entry.Peak.sent peak;
  Entry.Peak.sent peak;
  Entry.Peak.receiving peak;
  Entry.Peak.receiving peak;
  Entry.Peak.sent peak;
  equal "two were under way" int ~expected:2 (Entry.Peak.peak peak)
