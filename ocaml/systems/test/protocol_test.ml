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

let program =
  {|{"name":"p","channels":[{"name":"c","kind":"unbounded"}],"processes":[|}
  ^ {|{"name":"A","operations":[{"op":"wait","transfer":|}
  ^ {|{"do":"send","channel":"c","value":7}}]},|}
  ^ {|{"name":"B","operations":[{"op":"wait","transfer":|}
  ^ {|{"do":"recv","channel":"c"}},{"op":"wait","transfer":|}
  ^ {|{"do":"recv","channel":"c"}}]}]}|}

let run ?(system = stream) ?(program = program) ?(runs = "3") () =
  Printf.sprintf
    {|{"id":1,"op":"run","system":%S,"program":%s,"runs":%s,"seed":5,"millis":1000}|}
    system program runs

let steer ?(system = stream) ?(program = program) ?(attempts = 2) schedule =
  Printf.sprintf
    {|{"id":1,"op":"steer","system":%S,"program":%s,"schedule":[%s],"attempts":%d,"seed":5}|}
    system program (String.concat "," schedule) attempts

let step process what number =
  Printf.sprintf {|{"process":%S,"what":%S,"number":%d,"operation":""}|}
    process what number

let seen ?(count = 1) () =
  Printf.sprintf
    {|"seen":[{"outcome":{"A":{"log":["sent"],"end":"done"},|}
  ^ {|"B":{"log":["7"],"end":"waits at 2"}},"waiting":{"B":2},|}
  ^ Printf.sprintf {|"count":%d,"seed":5}]}|} count

(* Two senders; who is heard first is what the schedule decides. *)
let rendezvous =
  let send v =
    Printf.sprintf
      {|{"op":"wait","transfer":{"do":"send","channel":"c","value":%d}}|} v
  and recv = {|{"op":"wait","transfer":{"do":"recv","channel":"c"}}|} in
  Printf.sprintf
    {|{"name":"r","channels":[{"name":"c","kind":"rendezvous"}],"processes":[{"name":"A","operations":[%s]},{"name":"B","operations":[%s]},{"name":"R","operations":[%s,%s]}],"observe":["R"]}|}
    (send 1) (send 2) recv recv

let order first second =
  Printf.sprintf
    {|{"id":1,"followed":true,"worn":false,"seen":[{"outcome":{"R":{"log":["%d","%d"],"end":"done"}},"waiting":{},"count":1,"seed":5}]}|}
    first second

let steered_events () =
  let schedule senders =
    List.map (fun p -> step p "waits" 1) senders
    @ [ step "R" "does" 1; step "R" "does" 2 ]
  in
  let steer = steer ~system:events ~program:rendezvous in
  answers "A is heard first" (steer (schedule [ "A"; "B" ])) (order 1 2);
  answers "B is heard first" (steer (schedule [ "B"; "A" ])) (order 2 1)

let () =
  test "hello" (fun () ->
      match converse [ {|{"id":0,"op":"hello"}|} ] with
      | [ answer ] ->
          let open Yojson.Safe.Util in
          equal "protocol" string_of_int ~expected:1
            (to_int (member "protocol" answer));
          let systems = to_list (member "systems" answer) in
          let name system = to_string (member "name" system) in
          equal "systems" (String.concat " ")
            ~expected:
              (List.map (( ^ ) (language ^ "/"))
                 [ "event"; "lwt-stream"; "lwt-stream-bounded"; "lwt-mvar";
                   "domainslib" ])
            (List.map name systems)
      | _ -> fail "hello" "expected one answer");
  answers "run" (run ()) ({|{"id":1,"runs":3,"worn":false,|} ^ seen ~count:3 ());
  answers "steer"
    (steer
       [ step "B" "waits" 1; step "A" "does" 1; step "B" "completes" 1;
         step "B" "waits" 2 ])
    ({|{"id":1,"followed":true,"worn":false,|} ^ seen ());
  answers "a schedule that cannot be followed"
    (steer [ step "A" "waits" 1 ])
    ({|{"id":1,"followed":false,"worn":false,|}
    ^ {|"seen":[{"outcome":{"A":{"log":["sent"],"end":"done"},|}
    ^ {|"B":{"log":["7"],"end":"waits at 2"}},"waiting":{"B":2},|}
    ^ {|"count":2,"seed":5}]}|});
  (match List.find_opt (fun (r : Systems.Runnable.t) -> Systems.About.full_name r.about = events) Systems.Registry.all with
  | Some { about = { unavailable = Some why; _ }; _ } -> skip events why
  | _ -> steered_events ());
  answers "probe"
    (Printf.sprintf {|{"id":1,"op":"probe","probe":"%s/lwt_stream_two_gets"}|}
       language)
    {|{"id":1,"facts":{"got":[1,1],"pushed":1}}|};
  refused "no JSON" "protocol" ~id:`Null "quux";
  refused "no object" "protocol" ~id:`Null "[1]";
  refused "no id" "protocol" ~id:`Null {|{"op":"hello"}|};
  refused "a negative id" "protocol" ~id:`Null {|{"id":-1,"op":"hello"}|};
  refused "a deep nest" "protocol" ~id:`Null (String.make 200_000 '[');
  refused "no op" "bad_input" {|{"id":1}|};
  refused "an unknown op" "protocol" {|{"id":1,"op":"walk"}|};
  refused "an unknown system" "unknown_system" (run ~system:"ocaml/quux" ());
  refused "an unknown probe" "unknown_probe"
    {|{"id":1,"op":"probe","probe":"quux"}|};
  refused "no program" "bad_input" (run ~program:"[]" ());
  refused "no runs" "bad_input" (run ~runs:"0" ());
  refused "a kind that it has not" "unsupported" (run ~program:rendezvous ());
  refused "an unknown process" "bad_input" (steer [ step "C" "does" 1 ]);
  refused "an unknown step" "bad_input" (steer [ step "A" "jumps" 1 ]);
  refused "an unknown key" "bad_input"
    {|{"id":1,"op":"probe","probe":"quux","run":1}|}
