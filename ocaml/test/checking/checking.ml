exception Failed of string

let fail what details = raise (Failed (Printf.sprintf "%s: %s" what details))

let test name f =
  ignore (Unix.alarm 60);
  match f () with
  | () -> ignore (Unix.alarm 0)
  | exception e ->
      let message = match e with Failed m -> m | e -> Printexc.to_string e in
      Printf.eprintf "%s: %s: %s\n" Sys.argv.(0) name message;
      exit 1

let equal what show ~expected found =
  if found <> expected then
    fail what
      (Printf.sprintf "expected %s, found %s" (show expected) (show found))

let raises what e f =
  let expected = Printexc.to_string e in
  match f () with
  | _ -> fail what (Printf.sprintf "expected the exception %s" expected)
  | exception found -> equal what Fun.id ~expected (Printexc.to_string found)

let int = string_of_int
let ints l = "[" ^ String.concat "; " (List.map int l) ^ "]"
let skipped = Hashtbl.create 3

(* Each reason once, with the first that it was given for. *)
let skip what reason =
  if not (Hashtbl.mem skipped reason) then begin
    Hashtbl.add skipped reason ();
    Printf.printf "skipped: %s: %s\n" what reason
  end

let count folder = Array.length (Sys.readdir folder)
let threads () = count "/proc/self/task"

(* A thread that was joined may need another moment to leave /proc. *)
let rec settle most tries =
  if threads () > most && tries > 0 then begin
    Unix.sleepf 0.001;
    settle most (tries - 1)
  end

let nothing_left what f =
  if Sys.file_exists "/proc/self/task" then begin
    (* The runtime's own threads start with the first one of ours. *)
    f ();
    settle 1 20;
    let before = threads () and files = count "/proc/self/fd" in
    for _ = 1 to 20 do f () done;
    settle before 5_000;
    equal (what ^ ": threads left") int ~expected:0
      (max 0 (threads () - before));
    equal (what ^ ": files left open") int ~expected:files
      (count "/proc/self/fd")
  end
  else begin
    f ();
    skip "threads and files left" "no /proc here"
  end
