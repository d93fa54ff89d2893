(* Runs patterns for the laboratory: JSON lines on stdin and stdout.

   runner.exe --system event|lwt|domainslib
   runner.exe --list                          the patterns, one a line
   runner.exe --meaning                       what channel programs mean *)

open Laboratory

(* Nothing but answers goes to the real stdout: what else a program prints
   there is led to stderr. *)
let take_stdout () =
  let own = Unix.dup ~cloexec:true Unix.stdout in
  Unix.dup2 ~cloexec:false Unix.stderr Unix.stdout;
  Unix.out_channel_of_descr own

let serve library =
  let out = take_stdout () in
  let rec loop () =
    match input_line stdin with
    | exception End_of_file -> ()
    | line -> (
        let answer, next = Protocol.answer Registry.patterns library line in
        output_string out (Yojson.Safe.to_string answer);
        output_char out '\n';
        flush out;
        match next with Continue -> loop () | Stop -> ())
  in
  loop ()

let usage reason =
  let names = String.concat "|" (List.map fst Protocol.libraries) in
  prerr_endline ("runner: " ^ reason);
  prerr_endline ("usage: runner --system " ^ names
    ^ ", or runner --list, or runner --meaning");
  exit 2

let () =
  match List.tl (Array.to_list Sys.argv) with
  | [ "--list" ] ->
      List.iter (fun (slug, _) -> print_endline slug) Registry.patterns
  | [ "--meaning" ] -> Meaning.Lines.serve ()
  | [ "--system"; name ] -> (
      match List.assoc_opt name Protocol.libraries with
      | Some library -> serve library
      | None -> usage (Printf.sprintf "there is no system %S" name))
  | [ "--system" ] -> usage "--system: expected a name"
  | [] -> usage "expected --system"
  | argument :: _ -> usage (Printf.sprintf "unexpected %S" argument)
