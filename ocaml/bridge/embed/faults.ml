exception Escaped

let begun = Atomic.make false
let stopped = Atomic.make false
let meeting = Event.new_channel ()
let rec deep n = 1 + deep (n + 1)

(* It allocates: before OCaml 4.14 only that gives way to other threads. *)
let spin () =
  Atomic.set begun true;
  while not (Atomic.get stopped) do
    ignore (Sys.opaque_identity (ref 0))
  done

let wait_for_spin () =
  while not (Atomic.get begun) do
    Thread.yield ()
  done

let perform name =
  match String.split_on_char ' ' name with
  | [ "spin"; path ] -> close_out (open_out path); spin ()
  | _ -> (
      match name with
      | "raise" -> failwith "raised on demand"
      | "recurse" -> ignore (Sys.opaque_identity (deep 0))
      | "deadlock" -> Event.sync (Event.receive (Event.new_channel ()))
      | "spin" -> spin ()
      | "spinning" -> wait_for_spin ()
      | "stop" -> Atomic.set stopped true
      | "wait" -> Event.sync (Event.receive meeting)
      | "wake" -> Event.sync (Event.send meeting ())
      | "collect" -> Gc.full_major ()
      | name -> Printf.ksprintf invalid_arg "there is no fault %S" name)

let fault name =
  if name = "escape" then raise Escaped;
  match perform name with
  | () -> Ok name
  | exception e -> Error (Printexc.to_string e)
