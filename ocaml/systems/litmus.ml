(* Runs channel programs for the laboratory: JSON lines on stdin and stdout. *)

(* Nothing but answers goes to the real stdout: what else a program prints
   there is led to stderr. *)
let take_stdout () =
  let own = Unix.dup ~cloexec:true Unix.stdout in
  Unix.dup2 ~cloexec:false Unix.stderr Unix.stdout;
  Unix.out_channel_of_descr own

let rec serve out =
  match input_line stdin with
  | exception End_of_file -> ()
  | line -> (
      let answer, next = Systems.Protocol.answer line in
      output_string out (Yojson.Safe.to_string answer);
      output_char out '\n';
      flush out;
      match next with Continue -> serve out | Stop -> ())

(* Threads that were left behind end with this one: nobody waits for them. *)
let () =
  match List.tl (Array.to_list Sys.argv) with
  | [] -> serve (take_stdout ())
  | argument :: _ ->
      Printf.eprintf "litmus: unexpected %S\nusage: litmus\n" argument;
      exit 2
