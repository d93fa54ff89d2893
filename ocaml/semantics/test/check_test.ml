(* Mistakes that are found in the text of a program, with their paths. *)

open Meaning
open Program
open Build

let channels = [ ("c", Bounded 1); ("o", Oneshot); ("r", Rendezvous) ]

let mistake expected processes =
  Checking.test expected (fun () ->
      let found =
        match Program_check.check (program channels processes) with
        | Ok () -> "no mistake"
        | Error text -> text
      in
      Checking.equal "the mistake" Fun.id ~expected found)

let fine = mistake "no mistake"
let a operations = [ ("A", operations) ]

let () =
  mistake
    "$.processes[0].operations[1].transfer.channel: expected the name of a \
     channel, found \"x\""
    (a [ sleep 1; send "x" 1 ]);
  mistake
    "$.processes[0].operations[0].body[0].transfer.value: expected an integer, \
     or a name that a receive before it binds, found \"x\""
    (a [ repeat 2 [ send_name "c" "x" ]; recv ~bind:"x" "c" ]);
  mistake "$.processes[0].operations[1].transfer.bind: there is already a name \"x\""
    (a [ recv ~bind:"x" "c"; try_recv ~bind:"x" "c" ]);
  fine (a [ select [ taking ~bind:"x" "c"; taking ~bind:"x" "r" ];
            send_name "c" "x" ]);
  mistake
    "$.processes[0].operations[1].transfer.value: expected an integer, or a \
     name that a receive before it binds, found \"x\""
    (a [ each ~bind:"x" "c"; send_name "c" "x" ]);
  mistake
    "$.processes[0].operations[1].transfer.channel: the process has no sender \
     handle of \"c\" left here"
    (a [ drop_sender "c"; send "c" 1 ]);
  fine (a [ clone_sender "c"; drop_sender "c"; send "c" 1 ]);
  fine (a [ clone_sender "c"; repeat 2 [ drop_sender "c" ] ]);
  mistake
    "$.processes[0].operations[1].body[0].channel: the process has no sender \
     handle of \"c\" left here"
    (a [ clone_sender "c"; repeat 3 [ drop_sender "c" ] ]);
  mistake
    "$.processes[0].operations[0].body[0]: expected an operation that may \
     stand in an each"
    (a [ each "r" ~body:[ drop_sender "c" ] ]);
  mistake "$.processes[0].operations[0].times: expected a number from 1 on, found 0"
    (a [ repeat 0 [] ]);
  mistake "$.processes[0].operations[0].process: expected another process than \"A\""
    (a [ join "A" ]);
  mistake
    "$.processes: expected no process that spawns itself"
    [ ("A", [ spawn "B" ]); ("B", [ spawn "A" ]) ];
  mistake
    "$.processes: expected no loop that feeds \"c\", from which it receives"
    (a [ each ~bind:"x" ~body:[ send_name "c" "x" ] "c" ]);
  mistake
    "$.processes[0].operations[0].arms[0]: expected no send on the oneshot \
     \"o\": it never waits"
    (a [ select [ giving "o" 1 ] ]);
  mistake
    "$.processes[0].operations[1].channel: the process has no sender handle of \
     \"o\" left here"
    (a [ try_send "o" 1; drop_sender "o" ]);
  mistake
    "$.processes[1].operations[0].transfer.channel: expected only one place \
     with a send on the oneshot \"o\""
    [ ("A", [ send "o" 1 ]); ("B", [ send "o" 1 ]) ];
  mistake
    "$.processes[0].operations[0].body[0].transfer.channel: expected a send on \
     the oneshot \"o\" outside of every body"
    (a [ repeat 1 [ send "o" 1 ] ]);
  mistake
    "$.processes[0].operations[2].future: expected a future that was started \
     and not yet used, found \"f\""
    (a [ start "f" (taking "c"); cancel "f"; await "f" ]);
  fine (a [ repeat 2 [ start "f" (taking "c"); await "f" ] ]);
  mistake
    "$.processes[0].operations[0].body: expected each future and permit that \
     begins within the body of a repeat to be used up in it, and no other"
    (a [ repeat 2 [ start "f" (taking "c") ] ]);
  mistake
    "$.processes[0].operations[2].permit: expected a permit that was reserved \
     and not yet used, found \"p\""
    (a [ reserve "c" "p"; fulfil "p" 1; release "p" ]);
  mistake
    "$.processes[0].operations[0].channel: expected a bounded or unbounded \
     channel or an mvar: \"r\" has no places to reserve"
    (a [ reserve "r" "p" ]);
  mistake
    "$.processes[0].operations[0].process: expected the name of a process, \
     found \"B\""
    (a [ join "B" ]);
  mistake
    "$.processes[0].operations[1].process: expected only one place with a \
     spawn of \"B\""
    [ ("A", [ spawn "B"; spawn "B" ]); ("B", []) ];
  let no_name found =
    Printf.sprintf
      "expected a name (a letter, then letters, digits and underscores; no \
       reserved word), found %S"
      found
  in
  mistake ("$.processes[0].name: " ^ no_name "A B") [ ("A B", []) ];
  mistake ("$.processes[0].name: " ^ no_name "shows") [ ("shows", []) ];
  mistake
    ("$.processes[0].operations[0].transfer.bind: " ^ no_name "1")
    (a [ recv ~bind:"1" "c" ]);
  mistake "$.processes[1].name: there is already a process \"A\""
    [ ("A", []); ("A", []) ];
  mistake "$.processes[0].operations[0].arms: expected an arm, found none"
    (a [ select [] ]);
  mistake
    "$.processes[0].operations[0].after: expected no deadline beside a default"
    (a [ select ~default:true ~after:1 [ taking "c" ] ])

(* The form *)

let () =
  let reads expected text =
    Checking.test text (fun () ->
        let found =
          match Run.run_json text with Ok answer -> answer | Error e -> e
        in
        Checking.equal text Fun.id ~expected found)
  in
  let bad = Printf.sprintf {|{"kind":"bad_input","message":%S}|} in
  let text channels processes rest =
    Printf.sprintf
      {|{"program": {"name": "t", "channels": %s, "processes": %s}%s}|}
      channels processes rest
  in
  reads {|{"outcomes":[{"A":{"log":[],"end":"done"}}],"states":3}|}
    (text "[]" {|[{"name":"A","operations":[{"op":"repeat","times":1,"body":[{"op":"sleep","duration":0}]}]}]|}
       {|, "time": "race", "limit": 10|});
  reads {|{"kind":"limit","message":"there are more than 1 states"}|}
    (text "[]" {|[{"name":"A","operations":[{"op":"sleep","duration":0}]}]|}
       {|, "limit": 1|});
  reads (bad "$: there is no key \"typo\" here; expected name, shows, channels, processes, observe")
    {|{"program": {"name": "t", "typo": 1}}|};
  reads (bad "$.channels[0]: capacity is missing")
    (text {|[{"name":"c","kind":"bounded"}]|} "[]" "");
  reads (bad "$.channels[0].capacity: a watch has no capacity")
    (text {|[{"name":"c","kind":"watch","capacity":1}]|} "[]" "");
  reads (bad "$.processes[0].operations[0].op: expected wait, try, select, each, repeat, close, drop, clone, start, await, cancel, reserve, fulfil, release, sleep, spawn or join, found \"go\"")
    (text "[]" {|[{"name":"A","operations":[{"op":"go"}]}]|} "");
  reads (bad "request.dialect.fifo: expected one of always, never, narrow, found true")
    (text "[]" {|[{"name":"A","operations":[]}]|}
       {|, "dialect": {"fifo": true}|});
  reads (bad "$.processes: expected a process, found none")
    (text "[]" "[]" "");
  reads (bad "$.name: expected a word, found \"a b\"")
    {|{"program": {"name": "a b", "processes": []}}|};
  reads (bad "$.shows: expected a line without spaces around it, found \" x\"")
    {|{"program": {"name": "t", "shows": " x", "processes": []}}|};
  reads (bad "$.channels: expected a list, found null")
    (text "null" "[]" "")
