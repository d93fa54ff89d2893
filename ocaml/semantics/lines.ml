(* Gives the outcomes of programs: one JSON object a line on stdin, and its
   answer on stdout, in order.

   {"id": 1, "program": …, "dialect": {…}, "time": "exact", "limit": 1000}
   {"id": 1, "outcomes": […], "states": 12}
   {"id": 1, "error": {"kind": "bad_input", "message": …}} *)

let error kind message : (string * Yojson.Safe.t) list =
  [ ("error",
     `Assoc [ ("kind", `String kind); ("message", `String message) ]) ]

let answer line =
  let protocol id message = (id, error "protocol" message) in
  match Yojson.Safe.from_string line with
  | exception Yojson.Json_error reason ->
      protocol `Null ("expected a JSON object a line: " ^ reason)
  | exception Stack_overflow ->
      protocol `Null "expected a JSON object a line, less deeply nested"
  | `Assoc members -> (
      match List.partition (fun (key, _) -> key = "id") members with
      | [ (_, (`Int _ as id)) ], rest -> (
          match Run.answer (`Assoc rest) with
          | Ok (`Assoc answer) -> (id, answer)
          | Ok _ -> (id, error "exception" "the answer is no object")
          | Error (kind, message) -> (id, error kind message)
          | exception e -> (id, error "exception" (Printexc.to_string e)))
      | _ -> protocol `Null "id: expected one integer")
  | _ -> protocol `Null "expected a JSON object a line"

let rec serve () =
  match input_line stdin with
  | exception End_of_file -> ()
  | line ->
      let id, members = answer line in
      print_endline (Yojson.Safe.to_string (`Assoc (("id", id) :: members)));
      serve ()
