"use strict";

/* Flame graphs: click or Enter makes a box as wide as the graph, arrow keys go from box to box, a
 * search colours what it finds. All numbers are in the file already: places are percent. */
document.querySelectorAll(".flame").forEach(figure => {
	const graph = figure.querySelector(".graph");
	const tools = figure.querySelector(".tools");
	const search = tools.querySelector("input");
	const reset = tools.querySelector(".reset");
	const output = tools.querySelector("output");
	const boxes = [...graph.querySelectorAll(".box")].map(element => ({
		element,
		title: element.querySelector("title").textContent,
		x: parseFloat(element.getAttribute("x")),
		width: parseFloat(element.getAttribute("width")),
		y: parseFloat(element.getAttribute("y")),
	}));
	const rounding = 0.0003;
	let zoomed = boxes[0], focused = boxes[0];

	const isBelow = (box, other) => box.y >= other.y &&
		box.x >= other.x - rounding && box.x + box.width <= other.x + other.width + rounding;
	const isAbove = (box, other) => box.y < other.y &&
		box.x <= other.x + rounding && box.x + box.width >= other.x + other.width - rounding;
	const nameOf = box => box.title.slice(0, box.title.lastIndexOf(": "));

	function say(text) {
		output.textContent = text;
	}

	function zoom(box) {
		zoomed = box;
		for (const other of boxes) {
			const above = isAbove(other, box), below = isBelow(other, box);
			const style = other.element;

			style.classList.toggle("gone", !above && !below);
			style.classList.toggle("above", above);
			style.setAttribute("x", above ? "0%" : `${(other.x - box.x) / box.width * 100}%`);
			style.setAttribute("width", above ? "100%" : `${other.width / box.width * 100}%`);
		}
		reset.disabled = box === boxes[0];
		say(box === boxes[0] ? "" : box.title);
	}

	function find(text) {
		const wanted = text.toLowerCase();
		let covered = 0, count = 0, end = -1;

		for (const box of boxes) {
			const found = wanted !== "" && nameOf(box).toLowerCase().includes(wanted);

			box.element.classList.toggle("found", found);
			box.found = found;
			count += found;
		}
		/* What is below something found is covered by it. */
		for (const box of boxes.filter(each => each.found).sort((a, b) => a.x - b.x || a.y - b.y)) {
			if (box.x + rounding < end)
				continue;
			covered += box.width;
			end = box.x + box.width;
		}
		say(wanted === "" ? "" : `${count} boxes, ${covered.toFixed(1)}% of the graph`);
	}

	function focus(box) {
		if (box === undefined)
			return;
		focused.element.setAttribute("tabindex", "-1");
		focused = box;
		box.element.setAttribute("tabindex", "0");
		box.element.focus();
	}

	const isShown = box => !box.element.classList.contains("gone");
	const moves = {
		ArrowUp: () => boxes.filter(box => isShown(box) && isAbove(box, focused)).sort((a, b) => b.y - a.y)[0],
		ArrowDown: () => boxes.filter(box => isShown(box) && isBelow(box, focused) && box.y > focused.y)
			.sort((a, b) => a.y - b.y || b.width - a.width)[0],
		ArrowLeft: () => boxes.filter(box => isShown(box) && box.y === focused.y && box.x < focused.x)
			.sort((a, b) => b.x - a.x)[0],
		ArrowRight: () => boxes.filter(box => isShown(box) && box.y === focused.y && box.x > focused.x)
			.sort((a, b) => a.x - b.x)[0],
	};

	for (const box of boxes) {
		const element = box.element;

		element.setAttribute("role", "button");
		element.setAttribute("aria-label", box.title);
		element.setAttribute("tabindex", box === boxes[0] ? "0" : "-1");
		element.addEventListener("click", () => {
			focus(box);
			zoom(box);
		});
		element.addEventListener("focus", () => say(box.title));
		element.addEventListener("mouseenter", () => say(box.title));
	}
	graph.addEventListener("keydown", event => {
		if (event.key === "Enter" || event.key === " ")
			zoom(focused);
		else if (event.key === "Escape")
			zoom(boxes[0]);
		else if (moves[event.key] !== undefined)
			focus(moves[event.key]());
		else
			return;
		event.preventDefault();
	});
	reset.addEventListener("click", () => {
		search.value = "";
		find("");
		zoom(boxes[0]);
	});
	search.addEventListener("input", () => find(search.value));
	search.addEventListener("keydown", event => {
		if (event.key === "Escape") {
			search.value = "";
			find("");
		}
	});
	tools.hidden = false;
});

/* What is to be pasted somewhere else can be copied whole. */
document.querySelectorAll("pre").forEach(block => {
	const place = document.createElement("div"), button = document.createElement("button");

	place.className = "copy";
	button.type = "button";
	button.textContent = "Copy";
	block.before(place);
	place.append(block, button);
	button.addEventListener("click", async () => {
		const range = document.createRange();

		try {
			await navigator.clipboard.writeText(block.textContent);
		} catch {
			range.selectNodeContents(block);
			getSelection().removeAllRanges();
			getSelection().addRange(range);
			document.execCommand("copy");
		}
		button.textContent = "Copied";
		setTimeout(() => { button.textContent = "Copy"; }, 1500);
	});
});

/* Wide tables scroll, also by the keyboard. */
document.querySelectorAll(".table").forEach(table => {
	if (table.scrollWidth > table.clientWidth) {
		table.tabIndex = 0;
		table.setAttribute("role", "region");
		table.setAttribute("aria-label", "Table");
	}
});
