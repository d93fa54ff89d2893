(* The functions of src/stage.rs. Both give the runtime up while they wait, so
   that other threads of OCaml's run, and neither raises. *)

(** The next message, or [None] if there will be none. *)
external receive : int -> string option = "chanpatterns_stage_receive"

(** Whether anybody still wants messages: if not, this one was not sent. *)
external send : int -> string -> bool = "chanpatterns_stage_send"

let rec pass stage transform passed =
  match receive stage with
  | None -> passed
  | Some message ->
      if send stage (transform message) then pass stage transform (passed + 1)
      else passed

let raised e = Error ("exception: " ^ Printexc.to_string e)

let attempt stage transform =
  match pass stage transform 0 with
  | passed -> Ok (string_of_int passed)
  | exception e -> raised e

let run stage transform =
  let outcome = ref None in
  let body () = outcome := Some (attempt stage transform) in
  match Thread.join (Thread.create body ()) with
  | () -> Option.get !outcome
  | exception e -> raised e

let unknown name =
  Printf.sprintf "bad_input: no transform is called %S; there is: %s" name
    (String.concat ", " (List.map fst Transforms.all))

let relay request =
  let space = String.index request ' ' in
  let stage = int_of_string (String.sub request 0 space) in
  let after = space + 1 in
  let name = String.sub request after (String.length request - after) in
  match List.assoc_opt name Transforms.all with
  | Some transform -> run stage transform
  | None -> Error (unknown name)
