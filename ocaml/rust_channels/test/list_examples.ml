(* Writes a test of the examples in interfaces: each block in code marks is a
   program, which must compile and run. *)

let lines file =
  let input = open_in file in
  let rec read lines =
    match input_line input with
    | line -> read (line :: lines)
    | exception End_of_file -> close_in input; List.rev lines
  in
  read []

let count = ref 0

let begin_example file number =
  incr count;
  Printf.printf
    "let () = Checking.test \"%s, line %d\" (fun () ->\n\
     let module _ = struct\n\
     # %d \"%s\"\n"
    file number (number + 1) file

let end_example () = print_string "end in ())\n"

(* A block begins and ends on lines of its own. *)
let example file =
  let line (inside, number) text =
    (match (inside, String.trim text) with
    | false, "{[" -> begin_example file number
    | true, ("]}" | "]} *)") -> end_example ()
    | true, _ -> print_endline text
    | false, _ -> ());
    let inside =
      match String.trim text with
      | "{[" -> true
      | "]}" | "]} *)" -> false
      | _ -> inside
    in
    (inside, number + 1)
  in
  ignore (List.fold_left line (false, 1) (lines file))

let () =
  Array.iteri (fun i file -> if i > 0 then example file) Sys.argv;
  if !count < 6 then begin
    Printf.eprintf "only %d examples were found\n" !count;
    exit 1
  end
