# Throughput against batch: digits-cnn
# Run in this folder: gnuplot throughput-digits-cnn.gp
set encoding utf8
lines = 'throughput-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,480 font 'DejaVu Sans,12' background '#ffffff'
set output 'throughput-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,960 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'throughput-digits-cnn.png'
}
reset
set lmargin at screen 0.09333; set rmargin at screen 0.83772; set bmargin at screen 0.13333; set tmargin at screen 0.84167
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Throughput against batch: digits-cnn' at screen 0.01778, screen 0.95417 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime, cpu, 1 thread, single-stream' at screen 0.01778, screen 0.90833 left front font ',11' textcolor rgb '#555555'
set xrange [0.8122523963562355:39.39662122703732] noextend
set logscale x
set xtics ('1.0' 1.0, '2.0' 2.0, '5.0' 5.0, '10' 10.0, '20' 20.0)
set yrange [0.030790780244841692:16.63767642693041] noextend
set logscale y
set ytics ('0.050' 0.05, '0.10' 0.1, '0.20' 0.2, '0.50' 0.5, '1.0' 1.0, '2.0' 2.0, '5.0' 5.0, '10' 10.0)
set xtics ('1' 1, '32' 32)
set xlabel 'rows in a batch (logarithmic)'
set ylabel 'millions of rows a second (logarithmic)' offset -0.5,0
set label 'student' at screen 0.86661, screen 0.79094 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.79094 front point pointtype 7 pointsize 0.7 linecolor rgb '#0072B2'
set label 'small' at screen 0.86661, screen 0.75969 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.75969 front point pointtype 7 pointsize 0.7 linecolor rgb '#D55E00'
set label 'half-width-int8' at screen 0.86661, screen 0.38822 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.38822 front point pointtype 7 pointsize 0.7 linecolor rgb '#009E73'
set label 'half-width' at screen 0.86661, screen 0.34124 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.34124 front point pointtype 7 pointsize 0.7 linecolor rgb '#E69F00'
set label 'int8' at screen 0.86661, screen 0.30965 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.30965 front point pointtype 7 pointsize 0.7 linecolor rgb '#56B4E9'
set label 'hashed-8' at screen 0.86661, screen 0.22917 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.22917 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'pruned-80-tuned' at screen 0.86661, screen 0.19792 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.19792 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'compressed' at screen 0.86661, screen 0.16667 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.16667 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'pruned-80' at screen 0.86661, screen 0.13542 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.13542 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'float16' at screen 0.86661, screen 0.10417 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.10417 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'dynamic-int8' at screen 0.86661, screen 0.07292 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.07292 front point pointtype 7 pointsize 0.7 linecolor rgb '#999999'
set label 'baseline' at screen 0.86661, screen 0.04167 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.85328, screen 0.04167 front point pointtype 7 pointsize 0.7 linecolor rgb '#000000'
plot lines every :::11::11 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::11::11 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::10::10 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::10::10 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::9::9 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::9::9 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::8::8 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::8::8 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::7::7 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::7::7 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::6::6 using 1:2 with lines linewidth 1.0 linecolor rgb '#999999', lines every :::6::6 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#999999', lines every :::5::5 using 1:2 with lines linewidth 1.8 linecolor rgb '#56B4E9', lines every :::5::5 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#56B4E9', lines every :::4::4 using 1:2 with lines linewidth 1.8 linecolor rgb '#E69F00', lines every :::4::4 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#E69F00', lines every :::3::3 using 1:2 with lines linewidth 1.8 linecolor rgb '#009E73', lines every :::3::3 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#009E73', lines every :::2::2 using 1:2 with lines linewidth 1.8 linecolor rgb '#D55E00', lines every :::2::2 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#D55E00', lines every :::1::1 using 1:2 with lines linewidth 1.8 linecolor rgb '#0072B2', lines every :::1::1 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#0072B2', lines every :::0::0 using 1:2 with lines linewidth 2.4 linecolor rgb '#000000', lines every :::0::0 using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '#000000'
unset output
}
