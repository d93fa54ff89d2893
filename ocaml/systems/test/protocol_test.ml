(* The runner as a child process, and what it answers to whatever is said. *)

open Checking

let runner = Sys.argv.(1)
let show = Yojson.Safe.to_string

let converse lines =
  let answers, requests = Unix.open_process_args runner [| runner |] in
  List.iter (fun line -> output_string requests (line ^ "\n")) lines;
  close_out requests;
  let rec read () =
    match input_line answers with
    | line -> line :: read ()
    | exception End_of_file -> []
  in
  let said = read () in
  let status = Unix.close_process (answers, requests) in
  if status <> Unix.WEXITED 0 then fail "status" "expected exit 0";
  List.map Yojson.Safe.from_string said

(* What was said is of such a kind; and the runner goes on. *)
let refused what kind ?(id = `Int 1) line =
  test what (fun () ->
      match converse [ line; {|{"id":2,"op":"stop"}|} ] with
      | [ answer; stopped ] ->
          let open Yojson.Safe.Util in
          equal "id" show ~expected:id (member "id" answer);
          let error = member "error" answer in
          if error = `Null then fail "an error" (show answer);
          equal "kind" Fun.id ~expected:kind
            (to_string (member "kind" error));
          if to_string (member "message" error) = "" then
            fail "message" "it is empty";
          equal "then" show
            ~expected:(`Assoc [ ("id", `Int 2); ("stopped", `Bool true) ])
            stopped
      | said -> fail "two answers" (String.concat "\n" (List.map show said)))

let answers what line expected =
  test what (fun () ->
      let expected = [ Yojson.Safe.from_string expected ] in
      let lines said = String.concat "\n" (List.map show said) in
      equal "answer" lines ~expected (converse [ line ]))

let language = Systems.About.language
let stream = language ^ "/lwt-stream"
let events = language ^ "/event"

(* Programs *)

let wait transfer : Yojson.Safe.t =
  let transfer = ("do", `String (fst transfer)) :: snd transfer in
  `Assoc [ ("op", `String "wait"); ("transfer", `Assoc transfer) ]

let on_c = ("channel", `String "c")
let send v = wait ("send", [ on_c; ("value", `Int v) ])
let recv = wait ("recv", [ on_c ])

let program ?(observe = []) kind processes : Yojson.Safe.t =
  let process (name, operations) : Yojson.Safe.t =
    `Assoc [ ("name", `String name); ("operations", `List operations) ]
  in
  let channel = `Assoc [ ("name", `String "c"); ("kind", `String kind) ] in
  `Assoc
    [ ("name", `String "p");
      ("channels", `List [ channel ]);
      ("processes", `List (List.map process processes));
      ("observe", `List (List.map (fun name -> `String name) observe)) ]

(* B waits for ever at its second receive. *)
let one_too_few =
  program "unbounded" [ ("A", [ send 7 ]); ("B", [ recv; recv ]) ]

(* Who is heard first is what the schedule decides. *)
let two_senders =
  program "rendezvous" ~observe:[ "R" ]
    [ ("A", [ send 1 ]); ("B", [ send 2 ]); ("R", [ recv; recv ]) ]

(* Requests *)

let request op members : string =
  show (`Assoc (("id", `Int 1) :: ("op", `String op) :: members))

let run ?(system = stream) ?(program = one_too_few) ?(runs = 3) () =
  request "run"
    [ ("system", `String system); ("program", program); ("runs", `Int runs);
      ("seed", `Int 5); ("millis", `Int 1000) ]

let step (process, what, number) : Yojson.Safe.t =
  `Assoc
    [ ("process", `String process); ("what", `String what);
      ("number", `Int number) ]

let steer ?(system = stream) ?(program = one_too_few) schedule =
  request "steer"
    [ ("system", `String system); ("program", program);
      ("schedule", `List (List.map step schedule)); ("attempts", `Int 2);
      ("seed", `Int 5) ]

let probe name = request "probe" [ ("probe", `String name) ]

(* Answers *)

let outcome log how : Yojson.Safe.t =
  let log = `List (List.map (fun text -> `String text) log) in
  `Assoc [ ("log", log); ("end", `String how) ]

let seen ?(waiting = []) count outcome : string * Yojson.Safe.t =
  let one =
    `Assoc
      [ ("outcome", `Assoc outcome); ("waiting", `Assoc waiting);
        ("count", `Int count); ("seed", `Int 5) ]
  in
  ("seen", `List [ one ])

let too_few count =
  seen count ~waiting:[ ("B", `Int 2) ]
    [ ("A", outcome [ "sent" ] "done"); ("B", outcome [ "7" ] "waits at 2") ]

let gives what line members =
  answers what line (show (`Assoc (("id", `Int 1) :: members)))

let followed yes seen = [ ("followed", `Bool yes); seen ]

let steered_events () =
  let order senders heard =
    let schedule =
      List.map (fun p -> (p, "waits", 1)) senders
      @ [ ("R", "does", 1); ("R", "does", 2) ]
    in
    gives "the order of a schedule"
      (steer ~system:events ~program:two_senders schedule)
      (followed true (seen 1 [ ("R", outcome heard "done") ]))
  in
  order [ "A"; "B" ] [ "1"; "2" ];
  order [ "B"; "A" ] [ "2"; "1" ];
  gives "a receive that meets a sender does not wait"
    (steer ~system:events ~program:two_senders
       [ ("A", "waits", 1); ("R", "waits", 1) ])
    (followed false (seen 2 [ ("R", outcome [ "1"; "2" ] "done") ]))

let names =
  List.map
    (fun name -> language ^ "/" ^ name)
    [ "event"; "lwt-stream"; "lwt-stream-bounded"; "lwt-mvar"; "domainslib" ]

let hello () =
  match converse [ {|{"id":0,"op":"hello"}|} ] with
  | [ answer ] ->
      let open Yojson.Safe.Util in
      equal "protocol" show ~expected:(`Int 1) (member "protocol" answer);
      let systems = to_list (member "systems" answer) in
      let name system = to_string (member "name" system) in
      equal "systems" (String.concat " ") ~expected:names
        (List.map name systems)
  | _ -> fail "hello" "expected one answer"

let () =
  test "hello" hello;
  gives "run" (run ())
    [ ("runs", `Int 3); ("worn", `Bool false); too_few 3 ];
  gives "steer"
    (steer
       [ ("B", "waits", 1); ("A", "does", 1); ("B", "completes", 1);
         ("B", "waits", 2) ])
    (followed true (too_few 1));
  gives "a schedule that cannot be followed"
    (steer [ ("A", "waits", 1) ])
    (followed false (too_few 2));
  gives "a schedule that is one operation ahead"
    (steer [ ("A", "does", 2) ])
    (followed false (too_few 2));
  (match Systems.Kernel_thread.unavailable () with
  | Some why -> skip events why
  | None -> steered_events ());
  gives "probe"
    (probe (language ^ "/lwt_stream_two_gets"))
    [ ("facts",
       `Assoc [ ("got", `List [ `Int 1; `Int 1 ]); ("pushed", `Int 1) ]) ];
  refused "no JSON" "protocol" ~id:`Null "quux";
  refused "no object" "protocol" ~id:`Null "[1]";
  refused "no id" "protocol" ~id:`Null {|{"op":"hello"}|};
  refused "a negative id" "protocol" ~id:`Null {|{"id":-1,"op":"hello"}|};
  refused "a deep nest" "protocol" ~id:`Null (String.make 200_000 '[');
  refused "no op" "bad_input" {|{"id":1}|};
  refused "an unknown op" "protocol" (request "walk" []);
  refused "an unknown system" "unknown_system" (run ~system:"ocaml/quux" ());
  refused "an unknown probe" "unknown_probe" (probe "quux");
  refused "no program" "bad_input" (run ~program:(`List []) ());
  refused "no runs" "bad_input" (run ~runs:0 ());
  refused "a kind that it has not" "unsupported" (run ~program:two_senders ());
  refused "an unknown process" "bad_input" (steer [ ("C", "does", 1) ]);
  refused "an unknown step" "bad_input" (steer [ ("A", "jumps", 1) ]);
  refused "an unknown key" "bad_input" (request "probe" [ ("run", `Int 1) ])
