// The two pairs of shaders of the picture, in GLSL ES 3.00: tissue (field, layers, copies of what stands still), and cells.

const CURVE = `
uniform sampler2D u_curve;   // x, y, heading of the border of the hilus at equal steps
uniform vec4 u_view;         // centre (um), pixels per um, 1 for a section and 0 for the sheet
uniform vec2 u_size;         // pixels
uniform float u_length;      // of the sheet across, um

vec3 on_curve(float along) {
  int last = textureSize(u_curve, 0).x - 1;
  float at = clamp(along / u_length, 0.0, 1.0) * float(last);
  int i = min(int(at), last - 1);
  return mix(texelFetch(u_curve, ivec2(i, 0), 0).xyz, texelFetch(u_curve, ivec2(i + 1, 0), 0).xyz, at - float(i));
}

vec4 to_clip(vec2 world) {
  vec2 pixel = (world - u_view.xy) * u_view.z;
  return vec4(2.0 * pixel.x / u_size.x, -2.0 * pixel.y / u_size.y, 0.0, 1.0);
}
`;

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
`;

// Tissue: a mesh in coordinates of the tissue, along and outwards in a section, along and across on the sheet.
export const TISSUE_VERTEX = `${HEAD}${CURVE}
layout(location = 0) in vec2 a_at;
uniform int u_copy;
out vec2 v_at;
void main() {
  v_at = a_at;
  if (u_copy == 1) { gl_Position = vec4(a_at, 0.0, 1.0); return; }
  if (u_view.w < 0.5) { gl_Position = to_clip(a_at); return; }
  vec3 c = on_curve(a_at.x);
  float out_um = max(a_at.y, 0.0);   // below zero stands for the hilus, whose mesh lies on its border
  gl_Position = to_clip(vec2(c.x + out_um * sin(c.z), -c.y + out_um * cos(c.z)));
}`;

export const TISSUE_FRAGMENT = `${HEAD}
uniform int u_copy;
uniform sampler2D u_still;
uniform usampler2D u_keys;
uniform sampler2D u_table;
uniform vec4 u_view;
uniform vec3 u_depth;        // pitch, outer border of the granule cell layer, and of the molecular layer, um
uniform vec3 u_hilus, u_zone, u_layer, u_molecular, u_edge, u_vessel;
uniform ivec2 u_on;          // field below the cells, capillaries
in vec2 v_at;
out vec4 o_colour;

vec3 section(vec2 at) {
  if (at.y < 0.0) return u_hilus;
  vec3 colour = u_molecular;
  if (at.y < u_depth.y) {
    ivec2 site = min(ivec2(at / u_depth.x), textureSize(u_keys, 0) - 1);
    uint key = texelFetch(u_keys, site, 0).r;
    colour = u_on.x == 1 ? texelFetch(u_table, ivec2(int(key & 63u), 0), 0).rgb : (at.y < u_depth.x ? u_zone : u_layer);
    if (u_on.y == 1 && key > 63u) {
      float far = length(fract(at / u_depth.x) - 0.5) * u_depth.x;
      if (abs(far - 0.32 * u_depth.x) < max(0.08 * u_depth.x, 0.5 / u_view.z)) colour = u_vessel;
    }
  }
  float edge = min(min(abs(at.y - 0.6 / u_view.z), abs(at.y - u_depth.x)), min(abs(at.y - u_depth.y), abs(at.y - u_depth.z + 0.6 / u_view.z)));
  return edge * u_view.z < 0.75 ? u_edge : colour;
}

void main() {
  if (u_copy == 1) { o_colour = texelFetch(u_still, ivec2(gl_FragCoord.xy), 0); return; }
  if (u_view.w > 0.5) { o_colour = vec4(section(v_at), 1.0); return; }
  ivec2 site = clamp(ivec2(v_at / u_depth.x), ivec2(0), textureSize(u_keys, 0) - 1);
  o_colour = vec4(texelFetch(u_table, ivec2(int(texelFetch(u_keys, site, 0).r), 0), 0).rgb, 1.0);
}`;

// Cells: a point each for a soma, or for the ring of a birth or death; triangles for the pieces of a process.
export const CELL_VERTEX = `${HEAD}${CURVE}
layout(location = 0) in vec3 a_corner;  // of a piece of a process: place in the world (um), and side; of a point none
layout(location = 1) in uvec3 a_cell;   // column; kind, value, steps aside in sixteenths of a pixel; place within the site
uniform int u_part;          // 0 soma, 1 process, 2 ring
uniform int u_nu;
uniform float u_pitch;
uniform float u_largest;     // side of a point in pixels
uniform int u_by;            // 0 the state chooses the colour, 1 the value, 2 one colour for all
uniform vec4 u_flat;
uniform sampler2D u_colours;
uniform float u_radius[16];  // pitches; never below so many pixels:
uniform float u_least[16];
uniform int u_form[16];
uniform float u_alpha[16];
uniform float u_hides[16];
out float v_side;            // of a piece of a process: 0 on its axis, 1 and -1 on its rims
flat out vec4 v_turn;        // of a point: the same directions, pixels to the right and down
flat out vec4 v_colour;
flat out vec3 v_size;        // radius (um), pixels per um, side of the point (pixels)
flat out float v_luck;
flat out int v_form;
flat out int v_id;

void main() {
  int kind = int(a_cell.y & 255u), code = kind & 15;
  uint value = (a_cell.y >> 8) & 255u;
  vec3 part = (vec3(uvec3(a_cell.z, a_cell.z >> 8, a_cell.z >> 16) & 255u) + 0.5) / 256.0;
  ivec2 column = ivec2(int(a_cell.x) % u_nu, int(a_cell.x) / u_nu);
  vec3 place = (vec3(column, kind >> 4) + part) * u_pitch;
  vec2 base = place.xy, along = vec2(1.0, 0.0), outwards = vec2(0.0, -1.0);
  if (u_view.w > 0.5) {
    vec3 c = on_curve(place.y);
    along = vec2(cos(c.z), -sin(c.z));
    outwards = vec2(sin(c.z), cos(c.z));
    base = vec2(c.x, -c.y) + outwards * place.z;
  }
  float radius = max(u_radius[code] * u_pitch, u_least[code] / u_view.z);
  v_id = gl_VertexID + 1;
  v_turn = vec4(along, outwards);
  v_form = radius * u_view.z > 4.0 ? u_form[code] : 0;
  v_luck = part.x;
  v_colour = u_by == 2 ? u_flat : texelFetch(u_colours, ivec2(u_by == 0 ? code : int(value), 0), 0);
  v_colour.a *= u_hides[code];
  v_side = 0.0;
  if (u_part == 1) {
    v_colour.a = u_alpha[code];
    v_side = a_corner.z;
    base = a_corner.xy;
  } else if (u_part == 2) {
    float age = float(value) / 255.0, grow = clamp(u_view.z * u_pitch / 4.0, 1.0, 4.0);
    radius = grow * (code == 1 ? 2.0 + 4.0 * age : 4.0 - 2.0 * age) / u_view.z;
    v_colour = texelFetch(u_colours, ivec2(code, 0), 0);
    v_colour.a = 0.8 * (1.0 - age);
  }
  gl_PointSize = min(2.0 * ((v_form == 0 ? 1.0 : 1.45) * radius * u_view.z + 1.5), u_largest);
  v_size = vec3(radius, u_view.z, gl_PointSize);
  vec2 step_px = (vec2(float((a_cell.y >> 16) & 255u), float(a_cell.y >> 24)) - 128.0) / 16.0;
  gl_Position = to_clip(u_part == 1 ? base : base + step_px / u_view.z);
}`;

export const CELL_FRAGMENT = `${HEAD}
uniform int u_part;
uniform int u_ids;           // 1: number of the cell in place of its colour
uniform float u_width;       // half that of a process, pixels
uniform vec3 u_rim;
in float v_side;
flat in vec4 v_turn;
flat in vec4 v_colour;
flat in vec3 v_size;
flat in float v_luck;
flat in int v_form;
flat in int v_id;
out vec4 o_colour;

/** Distance from the rim of a soma in radii, below zero within. Forms: dot, tall, flat, star, in pieces. */
float soma(vec2 p) {
  if (v_form == 1) return length(p / vec2(0.82, 1.3)) - 1.0;
  if (v_form == 2) return length(p / vec2(1.35, 0.76)) - 1.0;
  if (v_form == 3) return length(p) - (0.62 + 0.75 * pow(abs(cos(2.5 * atan(p.y, p.x) + 6.28 * v_luck)), 3.0));
  if (v_form == 4) {
    float a = 6.28 * v_luck;
    vec2 q = vec2(cos(a), sin(a)), r = vec2(-q.y, q.x);
    return min(length(p - 0.5 * q) - 0.5, min(length(p + 0.4 * q - 0.45 * r) - 0.38, length(p + 0.3 * q + 0.6 * r) - 0.3));
  }
  return length(p) - 1.0;
}

void main() {
  float pixels;              // distance from the rim, below zero within
  vec2 point = (gl_PointCoord - 0.5) * v_size.z, at = vec2(dot(point, v_turn.xy), dot(point, v_turn.zw)) / v_size.y;
  if (u_part == 1) pixels = (abs(v_side) - 1.0) * u_width + 0.5;
  else if (u_part == 2) pixels = abs(length(at) - v_size.x) * v_size.y - 0.7;
  else pixels = soma(at / v_size.x) * v_size.x * v_size.y;
  float cover = clamp(0.5 - pixels, 0.0, 1.0);
  if (u_ids == 1) {
    if (cover < 0.5) discard;
    o_colour = vec4(float(v_id & 255), float((v_id >> 8) & 255), float((v_id >> 16) & 255), 255.0) / 255.0;
    return;
  }
  if (cover <= 0.0) discard;
  bool rimmed = u_part == 0 && v_size.x * v_size.y > 2.5;
  vec3 colour = rimmed ? mix(v_colour.rgb, mix(v_colour.rgb, u_rim, 0.6), smoothstep(-1.6, -0.6, pixels)) : v_colour.rgb;
  o_colour = vec4(colour, v_colour.a * cover);
}`;
