(* The runner as a child process, and what it answers to whatever is said. *)

open Checking

let runner = Sys.argv.(1)
let show = Yojson.Safe.to_string

(* What the runner says to these lines, and how it ends. *)
let converse ?(system = "event") lines =
  let arguments = [| runner; "--system"; system |] in
  let answers, requests = Unix.open_process_args runner arguments in
  List.iter (fun line -> output_string requests (line ^ "\n")) lines;
  close_out requests;
  let rec read () =
    match input_line answers with
    | line -> line :: read ()
    | exception End_of_file -> []
  in
  let said = read () in
  (List.map Yojson.Safe.from_string said,
   Unix.close_process (answers, requests))

let exited = function
  | Unix.WEXITED n -> "exit " ^ string_of_int n
  | Unix.WSIGNALED n -> "signal " ^ string_of_int n
  | Unix.WSTOPPED n -> "stopped " ^ string_of_int n

let ended_well = equal "status" exited ~expected:(Unix.WEXITED 0)
let lines_of said = String.concat "\n" (List.map show said)

let answers ?system name lines expected =
  test name (fun () ->
      let said, status = converse ?system lines in
      let expected = List.map Yojson.Safe.from_string expected in
      equal "answers" lines_of ~expected said;
      ended_well status)

(* The kind of an error that has a message: a line of ASCII, since it may quote
   a part of what was not even text. *)
let kind answer =
  let open Yojson.Safe.Util in
  match member "error" answer with
  | `Null -> "no error: " ^ show answer
  | error ->
      let message = to_string (member "message" error) in
      let plain c = ' ' <= c && c <= '~' in
      if message <> "" && String.for_all plain message then
        to_string (member "kind" error)
      else "not a line of ASCII: " ^ show answer

(* Each line is answered by an error of this kind and with this id, and the
   runner lives on. *)
let refused ?system wrong what id line =
  test (wrong ^ ": " ^ what) (fun () ->
      match converse ?system [ line; {|{"id":99,"op":"stop"}|} ] with
      | [ answer; stopped ], status ->
          equal "kind" Fun.id ~expected:wrong (kind answer);
          equal "id" show ~expected:id (Yojson.Safe.Util.member "id" answer);
          equal "then" Fun.id ~expected:{|{"id":99,"stopped":true}|}
            (show stopped);
          ended_well status
      | said, _ ->
          failwith ("answers:\n" ^ lines_of said))

let hello () =
  let open Yojson.Safe.Util in
  let on (system, library) =
    test ("hello of " ^ system) (fun () ->
        match converse ~system [ {|{"id":0,"op":"hello"}|} ] with
        | [ answer ], status ->
            let is key expected =
              equal key show ~expected (member key answer)
            in
            let four = String.sub Sys.ocaml_version 0 2 = "4." in
            let language = if four then "ocaml4/" else "ocaml/" in
            is "id" (`Int 0);
            is "protocol" (`Int 1);
            is "system" (`String (language ^ system));
            is "language" (`String "OCaml");
            is "library" (`String library);
            let slug (slug, _) = `String slug in
            is "patterns" (`List (List.map slug Laboratory.Registry.patterns));
            is "unavailable"
              (match Channels.Domains.available with
              | Error reason when system = "domainslib" -> `String reason
              | _ -> `Null);
            ended_well status
        | said, _ ->
            failwith ("answers:\n" ^ lines_of said))
  in
  List.iter on
    [
      ("event", "Event (threads.posix)");
      ("lwt", "Lwt");
      ("domainslib", "Domainslib.Chan");
    ]

let proper () =
  answers "answers come in order, each with its id"
    [
      {|{"id":5,"op":"run","pattern":"rendezvous","input":{"items":[1,2]}}|};
      {|{"id":3,"op":"run","pattern":"nothing","input":{}}|};
      {|{"id":4,"op":"stop"}|};
      {|{"id":6,"op":"hello"}|};
    ]
    [
      {|{"id":5,"observation":{"accepted":0,"refused":1,|}
      ^ {|"items":[1,2],"measured":{"peak":0}}}|};
      {|{"id":3,"error":{"kind":"unknown_pattern",|}
      ^ {|"message":"there is no pattern \"nothing\""}}|};
      {|{"id":4,"stopped":true}|};
    ];
  answers "the end of input ends it" [] []

let improper () =
  let null : Yojson.Safe.t = `Null in
  let protocol = refused "protocol" in
  protocol "no JSON" null "fan_in please";
  protocol "an empty line" null "";
  protocol "a line cut off" null {|{"id":1,"op":"ru|};
  protocol "bytes" null "\000\255\254";
  protocol "no object" null "[1, 2]";
  protocol "no id" null {|{"op":"hello"}|};
  protocol "an id below 0" null {|{"id":-1,"op":"hello"}|};
  protocol "an id of another type" null {|{"id":"1","op":"hello"}|};
  protocol "an id that does not fit" null
    {|{"id":99999999999999999999,"op":"hello"}|};
  protocol "no op" (`Int 1) {|{"id":1}|};
  protocol "an unknown op" (`Int 1) {|{"id":1,"op":"go"}|};
  protocol "no pattern" (`Int 1) {|{"id":1,"op":"run","input":{}}|};
  protocol "no input" (`Int 1) {|{"id":1,"op":"run","pattern":"fan_in"}|};
  protocol "nested too deeply" null (String.make 1_000_000 '[');
  let bad what input =
    refused "bad_input" what (`Int 1)
      (Printf.sprintf {|{"id":1,"op":"run","pattern":"bounded","input":%s}|}
         input)
  in
  bad "no object" "[]";
  bad "a key missing" {|{"capacity":1}|};
  bad "another type" {|{"capacity":"1","items":[]}|};
  bad "an item that does not fit"
    {|{"capacity":1,"items":[99999999999999999999]}|};
  bad "a text that is cut" ({|{"capacity":"|} ^ String.make 55 'a' ^ "é\"}");
  bad "no capacity" {|{"capacity":0,"items":[]}|};
  match Channels.Domains.available with
  | Ok () -> ()
  | Error _ ->
      refused ~system:"domainslib" "unsupported" "no domains here" (`Int 1)
        {|{"id":1,"op":"run","pattern":"bounded","input":{}}|}

(* What no input of a pattern brings about comes from entries made for it. *)
let from_entries () =
  let open Laboratory in
  let answer ?(input = "{}") event =
    let entry = Entry.{ event; lwt = Unsupported; domains = Unsupported } in
    let line = {|{"id":1,"op":"run","pattern":"p","input":|} ^ input ^ "}" in
    Protocol.answer [ ("p", entry) ] Event line
  in
  let is ?input what expected event =
    test ("error of " ^ what) (fun () ->
        let answer, next = answer ?input event in
        equal "kind" Fun.id ~expected (kind answer);
        equal "id" show ~expected:(`Int 1)
          (Yojson.Safe.Util.member "id" answer);
        if next = Protocol.Stop then failwith "it stops")
  in
  let rec deep n = 1 + deep (n + 1) in
  is "Failure" "exception" (Runs (fun _ -> failwith "fails"));
  is "Stack_overflow" "exception" (Runs (fun _ -> `Int (deep 0)));
  is "Out_of_memory" "exception" (Runs (fun _ -> raise Out_of_memory));
  is "Deadlock" "deadlock" (Runs (fun _ -> raise (Entry.Deadlock "nobody")));
  is "Unsupported" "unsupported" Unsupported;
  let threads = Entry.Without_tasks (fun _ -> `Assoc []) in
  is "tasks" "unsupported" threads ~input:{|{"tasks":true}|};
  is "tasks that are none" "bad_input" threads ~input:{|{"tasks":1}|};
  test "threads" (fun () ->
      let expected = {|{"id":1,"observation":{}}|} in
      let answer, _ = answer threads in
      equal "answer" Fun.id ~expected (show answer))

(* What a caller in the same process gets. *)
let asked () =
  let open Laboratory in
  let ask ?(entry = Registry.patterns) request = Protocol.ask entry request in
  let show = function Ok text -> text | Error text -> "error " ^ text in
  let answers what request expected =
    test ("asked: " ^ what) (fun () ->
        equal "answer" Fun.id ~expected (show (ask request)))
  in
  answers "a run"
    {|{"op":"run","system":"lwt","pattern":"fan_in","input":{"sources":[]}}|}
    {|{"items":[]}|};
  answers "an error"
    {|{"op":"run","system":"event","pattern":"tee","input":{}}|}
    ({|error {"kind":"unknown_pattern",|}
    ^ {|"message":"there is no pattern \"tee\""}|});
  answers "a system that is none" {|{"op":"hello","system":"eio"}|}
    ({|error {"kind":"protocol","message":"system: expected event, lwt or |}
    ^ {|domainslib, found \"eio\""}|});
  answers "an op that is none" {|{"op":"stop","system":"lwt"}|}
    ({|error {"kind":"protocol",|}
    ^ {|"message":"op: expected hello or run, found \"stop\""}|});
  test "asked: Lwt by many threads" (fun () ->
      let inside = Atomic.make 0 in
      let crowded = Atomic.make false in
      let observe _ =
        if Atomic.fetch_and_add inside 1 > 0 then Atomic.set crowded true;
        for _ = 1 to 10 do Thread.yield () done;
        Atomic.decr inside;
        `Assoc []
      in
      let entry =
        Entry.{ event = Unsupported; lwt = Runs observe; domains = Unsupported }
      in
      let request =
        {|{"op":"run","system":"lwt","pattern":"p","input":{}}|}
      in
      let caller () =
        for _ = 1 to 10 do
          equal "answer" Fun.id ~expected:"{}"
            (show (ask ~entry:[ ("p", entry) ] request))
        done
      in
      let threads = List.init 8 (fun _ -> Thread.create caller ()) in
      List.iter Thread.join threads;
      equal "two at once" string_of_bool ~expected:false (Atomic.get crowded))

let wrong_command_line () =
  let on arguments =
    test ("command line: " ^ String.concat " " arguments) (fun () ->
        let command = Filename.quote_command runner arguments in
        let status = Unix.system (command ^ " 2> /dev/null < /dev/null") in
        equal "status" exited ~expected:(Unix.WEXITED 2) status)
  in
  List.iter on
    [ []; [ "--system" ]; [ "--system"; "eio" ]; [ "event" ];
      [ "--system"; "event"; "more" ] ]

let () =
  hello ();
  proper ();
  improper ();
  from_entries ();
  asked ();
  wrong_command_line ()
