(* Answers come in order, with the id, and a bad line costs one answer. *)

let () =
  Checking.test "runner --meaning" (fun () ->
      let answers, requests = Unix.open_process (Sys.argv.(1) ^ " --meaning")
      in
      List.iter
        (fun line -> output_string requests (line ^ "\n"))
        [
          {|{"id": 7, "program": {"name": "t", "processes": [{"name": "B", "operations": []}]}}|};
          {|garbage|};
          {|{"id": 8}|};
          {|{"id": 9, "program": {"name": "t", "processes": [{"name": "A", "operations": []}]}}|};
        ];
      close_out requests;
      let rec read () =
        match input_line answers with
        | exception End_of_file -> []
        | line -> line :: read ()
      in
      let found = read () in
      ignore (Unix.close_process (answers, requests));
      let kind = function
        | `Assoc [ ("id", id); ("error", `Assoc (("kind", kind) :: _)) ] ->
            Yojson.Safe.to_string (`List [ id; kind ])
        | answer -> Yojson.Safe.to_string answer
      in
      let found = List.map Yojson.Safe.from_string found in
      Checking.equal "the answers" (String.concat "\n")
        ~expected:
          [
            {|{"id":7,"outcomes":[{"B":{"log":[],"end":"done"}}],"states":1}|};
            {|[null,"protocol"]|};
            {|[8,"bad_input"]|};
            {|{"id":9,"outcomes":[{"A":{"log":[],"end":"done"}}],"states":1}|};
          ]
        (List.map kind found))
